"""Reads a statement as PostgreSQL does and finds tables whose rows are not held to one merchant.

A table is held when its merchant_id must equal a given value: itself, or by way of other tables that are held. Only
what must be true counts: the parts of WHERE and ON that AND joins; and an outer join holds only the side that it fills.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pglast import ast as _ast
from pglast import parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType, JoinType, SubLinkType

ast: Any = _ast
"""Typed as what its attributes may be in any statement, which says nothing about one of ours."""
MERCHANT: Final = "merchant_id"
Term = tuple[str, str]
"""(alias, column)"""
GIVEN: Final[Term] = ("", "")
"""A value from outside of the scope: a parameter, a constant, a column of an outer table."""


def unnamed_tables(text: str, tenant_tables: Iterable[str]) -> tuple[str, ...]:
    """Names of the tables in the statement that are not held to one merchant, in the order they are met."""
    reader = _Reader(frozenset(tenant_tables))
    for raw in parse_sql(text):
        reader.read(raw.stmt, ())
    return tuple(dict.fromkeys(reader.found))


@dataclass
class _Scope:
    """What one FROM brings: alias -> table, None for what is read apart (subquery, CTE, function, values)."""

    sources: dict[str, str | None] = field(default_factory=dict)
    edges: list[tuple[Term, Term]] = field(default_factory=list)
    merged: bool = False

    def held(self) -> set[Term]:
        held = {GIVEN}
        while fresh := {there for here, there in self.edges if here in held} - held:
            held |= fresh
        return held


class _Reader:
    def __init__(self, tenant_tables: frozenset[str]) -> None:
        self.tenant_tables = tenant_tables
        self.found: list[str] = []

    def read(self, node: Any, outer: tuple[_Scope, ...], ctes: frozenset[str] = frozenset()) -> None:
        if isinstance(node, ast.ExplainStmt | ast.DeclareCursorStmt | ast.CreateTableAsStmt | ast.ViewStmt):
            self.read(node.query, outer, ctes)
            return
        with_clause = getattr(node, "withClause", None)
        if with_clause:
            ctes |= {cte.ctename for cte in with_clause.ctes}
            for cte in with_clause.ctes:
                self.read(cte.ctequery, outer, ctes)
        if isinstance(node, ast.SelectStmt) and node.larg:
            self.read(node.larg, outer, ctes)
            self.read(node.rarg, outer, ctes)
        elif isinstance(node, ast.InsertStmt):
            self._read_insert(node, outer, ctes)
        elif isinstance(node, ast.SelectStmt | ast.UpdateStmt | ast.DeleteStmt | ast.MergeStmt):
            self._read_scope(node, outer, ctes)

    def _read_insert(self, node: Any, outer: tuple[_Scope, ...], ctes: frozenset[str]) -> None:
        named = {column.name for column in node.cols or ()}
        if node.relation.relname in self.tenant_tables and MERCHANT not in named:
            self.found.append(node.relation.relname)
        if node.selectStmt:
            self.read(node.selectStmt, outer, ctes)

    def _read_scope(self, node: Any, outer: tuple[_Scope, ...], ctes: frozenset[str]) -> None:
        scope = _Scope()
        items = [getattr(node, "relation", None), getattr(node, "sourceRelation", None)]
        items += [*(getattr(node, "fromClause", None) or ()), *(getattr(node, "usingClause", None) or ())]
        for item in filter(None, items):
            self._add_source(item, scope, outer, ctes)
        for condition in ("whereClause", "joinCondition"):
            self._add_edges(getattr(node, condition, None), scope, outer, into=None)
        for subquery in _subqueries_of(node):
            self.read(subquery, (scope, *outer), ctes)
        held = scope.held()
        self.found += [
            table
            for alias, table in scope.sources.items()
            if table in self.tenant_tables and (alias, MERCHANT) not in held
        ]

    def _add_source(self, item: Any, scope: _Scope, outer: tuple[_Scope, ...], ctes: frozenset[str]) -> set[str]:
        """Add the source; return the aliases that came in."""
        if isinstance(item, ast.JoinExpr):
            left = self._add_source(item.larg, scope, outer, ctes)
            right = self._add_source(item.rarg, scope, outer, ctes)
            into = {
                JoinType.JOIN_INNER: None,
                JoinType.JOIN_LEFT: right,
                JoinType.JOIN_RIGHT: left,
                JoinType.JOIN_FULL: set(),
            }[item.jointype]
            using = {name.sval for name in item.usingClause or ()}
            if MERCHANT in using or item.isNatural:
                scope.merged = True
                for one in left:
                    for other in right:
                        _connect(scope, (one, MERCHANT), (other, MERCHANT), into)
            self._add_edges(item.quals, scope, outer, into)
            return left | right
        alias = item.alias.aliasname if item.alias else getattr(item, "relname", f"unnamed{len(scope.sources)}")
        table = item.relname if isinstance(item, ast.RangeVar) and item.relname not in ctes else None
        scope.sources[alias] = table
        if table is None:  # its own rows are held where it is read
            scope.edges.append((GIVEN, (alias, MERCHANT)))
        if isinstance(item, ast.RangeSubselect):
            self.read(item.subquery, (scope, *outer) if item.lateral else outer, ctes)
        return {alias}

    def _add_edges(self, condition: Any, scope: _Scope, outer: tuple[_Scope, ...], into: set[str] | None) -> None:
        for part in _all_of(condition):
            for one, other in _equalities(part):
                terms = [self._term(value, scope, outer) for value in (one, other)]
                if terms[0] and terms[1]:
                    _connect(scope, terms[0], terms[1], into)

    def _term(self, value: Any, scope: _Scope, outer: tuple[_Scope, ...]) -> Term | None:
        """Return the column this is, GIVEN for a value known before, None for anything else."""
        while isinstance(value, ast.TypeCast):
            value = value.arg
        if isinstance(value, ast.ColumnRef):
            names = [part.sval for part in value.fields if isinstance(part, ast.String)]
            if len(names) > 1:
                alias = names[-2]
                if alias in scope.sources:
                    return alias, names[-1]
                return GIVEN if _is_held_outside(alias, names[-1], outer) else None
            return self._unqualified(names[0], scope)
        if value is None or _mentions_a_column(value):
            return None
        return GIVEN

    def _unqualified(self, column: str, scope: _Scope) -> Term | None:
        having = [alias for alias, table in scope.sources.items() if table in self.tenant_tables or table is None]
        if len(scope.sources) == 1 or (len(having) == 1 and column == MERCHANT):
            return (having or list(scope.sources))[0], column
        if scope.merged and column == MERCHANT:
            return having[0], column
        return None


def _is_held_outside(alias: str, column: str, outer: tuple[_Scope, ...]) -> bool:
    """A tenant table outside is judged where it is read; of any other only its columns that are held themselves."""
    for scope in outer:
        if alias in scope.sources:
            return column == MERCHANT or (alias, column) in scope.held()
    return False


def _connect(scope: _Scope, one: Term, other: Term, into: set[str] | None) -> None:
    for here, there in ((one, other), (other, one)):
        if there != GIVEN and (into is None or there[0] in into):
            scope.edges.append((here, there))


def _all_of(condition: Any) -> Iterator[Any]:
    if isinstance(condition, ast.BoolExpr) and condition.boolop == BoolExprType.AND_EXPR:
        for part in condition.args:
            yield from _all_of(part)
    elif condition is not None:
        yield condition


def _equalities(part: Any) -> Iterator[tuple[Any, Any]]:
    """Yield pairs that must be equal when `part` is true; the second may be a constant for 'some given value'."""
    if isinstance(part, ast.A_Expr) and part.name[-1].sval == "=":
        one, other = part.lexpr, part.rexpr
        if part.kind == A_Expr_Kind.AEXPR_OP and isinstance(one, ast.RowExpr) and isinstance(other, ast.RowExpr):
            yield from zip(one.args, other.args, strict=True)
        elif part.kind in (A_Expr_Kind.AEXPR_OP, A_Expr_Kind.AEXPR_OP_ANY):
            yield one, other
        elif part.kind == A_Expr_Kind.AEXPR_IN:
            for value in other:
                yield from zip(one.args, value.args, strict=True) if isinstance(one, ast.RowExpr) else [(one, value)]
    elif isinstance(part, ast.SubLink) and part.subLinkType == SubLinkType.ANY_SUBLINK:
        columns = part.testexpr.args if isinstance(part.testexpr, ast.RowExpr) else (part.testexpr,)
        targets = part.subselect.targetList or ()
        for column, target in zip(columns, targets, strict=False):
            name = target.val.fields[-1] if isinstance(target.val, ast.ColumnRef) else None
            if isinstance(name, ast.String) and name.sval == MERCHANT:
                yield column, ast.A_Const(isnull=False, val=ast.String(sval="of the subquery"))


def _mentions_a_column(value: Any) -> bool:
    return any(isinstance(node, ast.ColumnRef) for node in _walk(value))


def _subqueries_of(node: Any) -> Iterator[Any]:
    """Yield the subqueries in expressions; those in FROM and WITH are read on their own."""
    for part in _walk(node):
        if isinstance(part, ast.SubLink):
            yield part.subselect


def _walk(value: Any) -> Iterator[Any]:
    """Yield all nodes below, without going into subqueries."""
    if isinstance(value, tuple | list):
        for item in value:
            yield from _walk(item)
    elif isinstance(value, ast.Node):
        yield value
        for name in value:
            if name not in {"subselect", "subquery", "ctequery"}:
                yield from _walk(getattr(value, name))
