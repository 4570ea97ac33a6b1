"""What breaks it: reverse stress, sensitivity, the catalogue of stories, scenario discovery."""
