"""People at a browser. `person` is somebody; the stories are beside it."""
