"""What is answered, and how it is written down."""
