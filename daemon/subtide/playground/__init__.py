"""A stand-in Jellyfin over real HTTP, and the sample film."""
