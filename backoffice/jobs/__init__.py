"""Long work that staff asked for: its list, its page, its progress on other pages, its files."""
