"""Sets of cases that are joined two by two."""

from array import array


class Unions:
    """Disjoint sets of the numbers below a count, in four bytes each."""

    def __init__(self, count: int) -> None:
        self._parents = array("I", range(count))

    def copy(self) -> "Unions":
        """The same sets, to be joined further."""
        twin = Unions(0)
        twin._parents = self._parents[:]
        return twin

    def find(self, number: int) -> int:
        """The number that stands for the set: its smallest."""
        parents = self._parents
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.find(one), self.find(other)))
        self._parents[high] = low

    def sizes(self) -> "array[int]":
        """How many are in each set, at the place of the number that stands for it; 0 elsewhere."""
        sizes = array("I", bytes(4 * len(self._parents)))
        for number in range(len(self._parents)):
            sizes[self.find(number)] += 1
        return sizes
