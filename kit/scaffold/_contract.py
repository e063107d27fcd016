"""The contract module of a drafted endpoint: as values, to be tried out, and as source text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import quality.columns
import quality.dataset
import quality.vocabulary
from kit.scaffold._fields import Drafted
from kit.scaffold._meanings import column_name
from kit.scaffold._requests import Asking
from kit.scaffold._shapes import Kind
from kit.scaffold._source import Group, Item, Node, call, imports, lines, names_in, sequence, text
from quality.columns import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, ListOf, Record
from quality.dataset import Endpoint, Param, Pattern, Table, silver_table
from quality.vocabulary import RANGE_PARAMS, game_date

TYPE_NAMES = {INT: "INT", FLOAT: "FLOAT", STRING: "STRING", BOOL: "BOOL", DATE: "DATE", TIMESTAMP: "TIMESTAMP"}
MODULES = (quality.columns, quality.dataset, quality.vocabulary)


@dataclass(frozen=True)
class Contract:
    """A drafted endpoint and its silver table.

    Attributes:
        key: of the silver table.
        example_rows: from how many rows it was drafted.
    """

    name: str
    path: str
    fields: tuple[Drafted, ...]
    asking: Asking
    key: tuple[str, ...]
    example_rows: int

    @property
    def table_name(self) -> str:
        """Name of the silver table: a list of everything is a dimension, what a season brings are facts."""
        return f"{'dim' if self.asking.pattern is Pattern.ONCE else 'fct'}_{self.name}"

    @property
    def description(self) -> str:
        """Of the endpoint, until somebody writes a better one."""
        return f"Records of `{self.path}`; drafted from an example, not described yet."

    @property
    def table_description(self) -> str:
        """Of the silver table: what the key says."""
        return f"One row per {', '.join(self.key[:-1])}{' and ' if self.key[1:] else ''}{self.key[-1]}."

    @property
    def endpoint(self) -> Endpoint:
        """As a value."""
        return Endpoint(
            name=self.name,
            path=self.path,
            description=self.description,
            record=Record(tuple(item.field for item in self.fields)),
            params=self.asking.params,
            pattern=self.asking.pattern,
            each=self.asking.each,
            window_days=self.asking.window_days,
            inject=tuple(self.asking.inject.values()),
            opt_in=self.asking.opt_in,
        )

    @property
    def table(self) -> Table:
        """The silver table as a value."""
        dated = self.asking.pattern is Pattern.DATES
        made = silver_table(
            self.table_name,
            self.endpoint,
            self.table_description,
            key=self.key,
            drop=("date",) if dated else (),
            derived=(game_date(),) if dated else (),
        )
        return replace(made, month_column="game_date") if dated else made


def contract_source(contract: Contract) -> str:
    """The module's text."""
    return _Writer(contract).module()


@dataclass
class _Writer:
    contract: Contract
    records: list[str] = field(default_factory=list)  # of nested objects, written before those that use them
    names: set[str] = field(default_factory=set)  # taken by the module itself

    def module(self) -> str:
        constant = self._name(self.contract.name.upper(), "ENDPOINT")
        table = self._name(self.contract.table_name.upper(), "TABLE")
        endpoint = lines(self._endpoint(), before=f"{constant} = ")
        silver = lines(self._table(constant), before=f"{table} = ")
        body = [*self.records, *endpoint, "", *silver]
        rows = self.contract.example_rows
        head = f'"""`{self.contract.path}`: a contract drafted from an example of {rows} row{"s" * (rows != 1)}."""'
        return "\n".join([head, "", "from __future__ import annotations", "", *_imports(body), "", *body, ""])

    def _name(self, wanted: str, what: str) -> str:
        """A constant's name that neither the module nor one of its imports has."""
        while wanted in self.names or any(hasattr(module, wanted) for module in MODULES):
            wanted = f"{wanted}_{what}"
        self.names.add(wanted)
        return wanted

    def _endpoint(self) -> Group:
        asking = self.contract.asking
        each = asking.each
        return call(
            "Endpoint",
            name=text(self.contract.name),
            path=text(self.contract.path),
            description=text(self.contract.description),
            record=self._record(self.contract.fields),
            params=sequence(_params(asking.params)) if asking.params else None,
            pattern=f"Pattern.{asking.pattern.name}",
            each=call("Each", text(each.param), text(each.table), text(each.column), about=f"{each.about:_}")
            if each
            else None,
            window_days=str(asking.window_days) if asking.window_days else None,
            inject=sequence(asking.inject) if asking.inject else None,
            opt_in="True" if asking.opt_in else None,
        )

    def _table(self, constant: str) -> Group:
        dated = self.contract.asking.pattern is Pattern.DATES
        made = call(
            "silver_table",
            text(self.contract.table_name),
            constant,
            text(self.contract.table_description),
            key=sequence(map(text, self.contract.key)),
            drop='("date",)' if dated else None,
            derived="(game_date(),)" if dated else None,
        )
        return call("replace", made, month_column=text("game_date")) if dated else made

    def _record(self, fields: Sequence[Drafted]) -> Group:
        return call("Record", sequence(Item(self._field(item), comment=item.comment) for item in fields))

    def _field(self, drafted: Drafted) -> Node:
        made = drafted.field
        if drafted.shared:
            return drafted.shared
        return call(
            "Field",
            text(made.wire),
            self._type(drafted),
            text(made.description),
            *(["True"] if made.nullable else []),
            name=text(made.name) if made.name else None,
            unit=text(made.unit) if made.unit else None,
            percent="True" if made.percent else None,
        )

    def _type(self, drafted: Drafted) -> str:
        kind = drafted.field.type
        if drafted.inside:
            constant = self._hoisted(drafted)
            return f"ListOf({constant})" if drafted.shape.kind is Kind.LIST else constant
        if isinstance(kind, ListOf):
            assert not isinstance(kind.item, Record)
            return f"ListOf({TYPE_NAMES[kind.item]})"
        assert not isinstance(kind, Record)
        return TYPE_NAMES[kind]

    def _hoisted(self, drafted: Drafted) -> str:
        """The record of an object under a name of its own."""
        made = self._record(drafted.inside)
        constant = self._name(f"{self.contract.name}_{column_name(drafted.field.wire) or 'object'}".upper(), "RECORD")
        self.records += [*lines(made, before=f"{constant} = "), ""]
        return constant


def _params(params: Sequence[Param]) -> Iterator[Node]:
    shared = {item: name for name, item in vars(quality.vocabulary).items() if isinstance(item, Param)}
    ranged = set(RANGE_PARAMS) <= set(params)
    for param in params:
        if ranged and param in RANGE_PARAMS:
            if param == RANGE_PARAMS[0]:
                yield "*RANGE_PARAMS"
        else:
            yield shared.get(param) or _param(param)


def _param(param: Param) -> Node:
    return call(
        "Param",
        text(param.name),
        *([text(param.type)] if param.type != "string" else []),
        required="True" if param.required else None,
        in_path="True" if param.in_path else None,
        values=sequence(map(text, param.values)) if param.values else None,
    )


def _imports(body: Sequence[str]) -> Iterator[str]:
    """What the code needs: the standard library's `replace` first, then of each of our modules."""
    used = names_in("\n".join(body))
    if "replace" in used:
        yield from ("from dataclasses import replace", "")
    used.discard("replace")
    for module in MODULES:
        there = {name for name in used if hasattr(module, name)}
        used -= there
        yield from imports(module.__name__, there)
