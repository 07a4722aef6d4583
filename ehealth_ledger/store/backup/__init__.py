"""Copy whole servers, say where the log stood, put copies back, prove what came back."""
