"""What can be seen in one picture: bright dots, and dots that never move."""
