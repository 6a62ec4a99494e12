"""Client of docfuse: send a page, get back what it is and what it says."""
