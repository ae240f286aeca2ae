"""From a cavity to the network of spins it becomes, how far the two are apart, and which theories agree."""
