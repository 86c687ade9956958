"""The report as a spreadsheet."""
