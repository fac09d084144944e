"""Chart programs as people and models write them, made from the records of real data sets."""
