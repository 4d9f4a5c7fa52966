"""What people already run takes the readings as they are: each program's client is the judge."""
