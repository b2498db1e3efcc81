"""What `effprof doctor` looks at. Nothing here loads a runtime or changes the machine."""
