"""The command ``label``: draw answers for people, have them marked in a spreadsheet or here, and keep what they say."""
