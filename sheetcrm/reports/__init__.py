"""What is made for looking at: pages and workbooks about the client list, never the list itself."""
