"""How a fact file is refused."""


class FactsError(Exception):
    """A fact file that cannot be used: file, row, field and what is wrong."""

    def __init__(self, file: str, row: str, field: str, problem: str) -> None:
        place = ", ".join(part for part in (file, row, field and f"field {field}") if part)
        super().__init__(f"{place}: {problem}")
        self.file, self.row, self.field, self.problem = file, row, field, problem
