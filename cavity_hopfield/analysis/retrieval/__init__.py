"""What retrieval is worth: success, time and ends from every corruption, and a platform beside Glauber dynamics."""
