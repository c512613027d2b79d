"""Sheets that staff edit elsewhere: XLSX, CSV, YAML and Rasa's nlu.yml, both ways, with faults by row and column."""
