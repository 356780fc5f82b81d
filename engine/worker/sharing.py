"""Which things of a checkpoint must be pickled together, and in which order: pure, by numbers.

Things that reach one mutable object belong together, and so do things that need one another in a circle.
"""

from __future__ import annotations

from typing import Iterable, Mapping


def grouped(reached: Mapping[int, Iterable[int]], needs: Mapping[int, Iterable[int]]) -> list[list[int]]:
    """The groups, each after those that it needs; a group's members in the order of reached.

    reached: thing → ids of what it reaches; needs: thing → things that must be loaded before it.
    """
    leader = _merged(reached)
    members: dict[int, list[int]] = {}
    for thing in reached:
        members.setdefault(leader[thing], []).append(thing)
    edges = {
        first: {leader[need] for thing in things for need in needs.get(thing, ()) if need in leader} - {first}
        for first, things in members.items()
    }
    position = {thing: place for place, thing in enumerate(reached)}
    return [
        sorted((thing for first in circle for thing in members[first]), key=position.__getitem__)
        for circle in _circles(edges)
    ]


def _merged(reached: Mapping[int, Iterable[int]]) -> dict[int, int]:
    parent = {thing: thing for thing in reached}

    def leader(thing: int) -> int:
        while parent[thing] != thing:
            parent[thing] = parent[parent[thing]]
            thing = parent[thing]
        return thing

    first: dict[int, int] = {}
    for thing, ids in reached.items():
        for each in ids:
            parent[leader(thing)] = leader(first.setdefault(each, thing))
    return {thing: leader(thing) for thing in parent}


def _circles(edges: Mapping[int, Iterable[int]]) -> list[list[int]]:
    """Tarjan's strongly connected components, dependencies first, without recursion."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    found: list[list[int]] = []
    for root in edges:
        if root in index:
            continue
        work = [(root, iter(edges[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            node, following = work[-1]
            for after in following:
                if after not in index:
                    index[after] = low[after] = len(index)
                    stack.append(after)
                    work.append((after, iter(edges[after])))
                    break
                if after in stack:
                    low[node] = min(low[node], index[after])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    place = stack.index(node)
                    found.append(stack[place:])
                    del stack[place:]
    return found
