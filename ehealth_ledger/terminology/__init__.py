"""Keep the names of the code systems; versioned directories are loaded by a deployment."""
