"""Labels: what people say of answers, by which judges and other scorers are measured."""
