"""The contract module of a drafted endpoint, as values and as source text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import quality.columns
import quality.dataset
import quality.vocabulary
from kit.scaffold._fields import Drafted
from kit.scaffold._meanings import column_name
from kit.scaffold._requests import Requests
from kit.scaffold._shapes import Kind, Row
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
        rows: different rows of the example.
    """

    name: str
    path: str
    fields: tuple[Drafted, ...]
    requests: Requests
    key: tuple[str, ...]
    rows: Sequence[Row]

    @property
    def table_name(self) -> str:
        """Name of the silver table: a dimension for one list of everything, facts for rows of a season."""
        return f"{'dim' if self.requests.pattern is Pattern.ONCE else 'fct'}_{self.name}"

    @property
    def description(self) -> str:
        """Placeholder for the description of the endpoint."""
        return f"Records of `{self.path}`; drafted from an example, not described yet."

    @property
    def table_description(self) -> str:
        """Description of the silver table, from its key."""
        return f"One row per {', '.join(self.key[:-1])}{' and ' if self.key[1:] else ''}{self.key[-1]}."

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint as a value."""
        return Endpoint(
            name=self.name,
            path=self.path,
            description=self.description,
            record=Record(tuple(item.field for item in self.fields)),
            params=self.requests.params,
            pattern=self.requests.pattern,
            each=self.requests.each,
            window_days=self.requests.window_days,
            inject=tuple(self.requests.inject.values()),
            opt_in=self.requests.opt_in,
        )

    @property
    def table(self) -> Table:
        """The silver table as a value."""
        dated = self.requests.pattern is Pattern.DATES
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
    records: list[str] = field(default_factory=list)  # constants of nested objects; inner ones come first
    names: set[str] = field(default_factory=set)  # constants of the module

    def module(self) -> str:
        constant = self._name(self.contract.name.upper(), "ENDPOINT")
        table = self._name(self.contract.table_name.upper(), "TABLE")
        endpoint = lines(self._endpoint(), before=f"{constant} = ")
        silver = lines(self._table(constant), before=f"{table} = ")
        body = [*self.records, *endpoint, "", *silver]
        rows = len(self.contract.rows)
        head = f'"""`{self.contract.path}`: a contract drafted from an example of {rows} row{"s" * (rows != 1)}."""'
        return "\n".join([head, "", "from __future__ import annotations", "", *_imports(body), "", *body, ""])

    def _name(self, wanted: str, what: str) -> str:
        """A name for a constant that neither the module nor its imports use."""
        while wanted in self.names or any(hasattr(module, wanted) for module in MODULES):
            wanted = f"{wanted}_{what}"
        self.names.add(wanted)
        return wanted

    def _endpoint(self) -> Group:
        requests = self.contract.requests
        each = requests.each
        return call(
            "Endpoint",
            name=text(self.contract.name),
            path=text(self.contract.path),
            description=text(self.contract.description),
            record=self._record(self.contract.fields),
            params=sequence(_params(requests.params)) if requests.params else None,
            pattern=f"Pattern.{requests.pattern.name}",
            each=call("Each", text(each.param), text(each.table), text(each.column), about=f"{each.about:_}")
            if each
            else None,
            window_days=str(requests.window_days) if requests.window_days else None,
            inject=sequence(requests.inject) if requests.inject else None,
            opt_in="True" if requests.opt_in else None,
        )

    def _table(self, constant: str) -> Group:
        dated = self.contract.requests.pattern is Pattern.DATES
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
        """Put the record of a nested object into a constant, and return the constant's name."""
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
    """Import lines for the names that the code uses."""
    used = names_in("\n".join(body))
    if "replace" in used:
        yield from ("from dataclasses import replace", "")
    used.discard("replace")
    for module in MODULES:
        there = {name for name in used if hasattr(module, name)}
        used -= there
        yield from imports(module.__name__, there)
