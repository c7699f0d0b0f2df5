"""What another list brings: fitted to the owner's columns, told who is who, and made into cells and rows of her list. Pure."""
