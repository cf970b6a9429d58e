"""The FoodSearch window: PySide6 over the names that `engine` exports."""
