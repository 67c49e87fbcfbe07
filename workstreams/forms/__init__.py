"""The administrator's forms: they refuse mistakes with a sentence that says what to change."""
