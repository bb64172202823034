"""The pages that people look at; programs have no business here."""
