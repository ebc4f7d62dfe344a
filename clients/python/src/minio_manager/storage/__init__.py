"""S3 itself: the endpoint and keys of a client's user, in the form that each tool takes."""
