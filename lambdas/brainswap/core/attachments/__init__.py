"""Files that go with a question: what they may be, what they weigh."""
