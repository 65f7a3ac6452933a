"""What we know about back spasms. Standard library only; no web, no database.

Words are marked with `words.mark` and translated where they are shown.
"""
