"""The exact shelf: systems whose answers are known in closed form."""
