"""What every page shares: workers, session, settings, theme, wording."""
