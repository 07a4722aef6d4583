"""Steps of the nouns through the whole write path, for tests: functions that take the world."""
