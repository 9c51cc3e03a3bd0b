"""Census tables of any make: headers, cells, years, pairs of years."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

from urbsim.errors import InputError
from urbsim.project.regions.census import columns as column_names
from urbsim.project.regions.census.columns import ColumnFile
from urbsim.project.regions.census.county import pair, stem
from urbsim.project.regions.census.figures import AGE_FIELDS
from urbsim.project.regions.census.table import counties, read_table

GROUPS = ["0岁", "1-4岁", *(f"{start}-{start + 4}岁" for start in range(5, 85, 5)), "85岁及以上"]


def problems(path: Path, columns: ColumnFile) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_table(path, columns)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("header", "name", "found"),
    [
        (["家庭户|户数（户）", "家庭户|户规模（人/户）"], "家庭户_户规模", [1]),
        (["表1 总人口|男|1 ~ 4 岁", "表1 总人口|女|1～4岁"], "男_1-4岁 + 女_1-4岁", [0, 1]),
        (["moved_in_same_county", "county"], "county", [1]),  # an underscore is no level of a header
        (["城乡人口|城镇"], "城乡人口_乡村", None),
    ],
)
def test_headers_are_compared_without_units_spaces_and_titles(header: list[str], name: str, found) -> None:
    column = column_names.find(name, header)
    assert (column and [index for index, _ in column.parts]) == found


@pytest.mark.parametrize(
    ("header", "factor"), [("出生率（‰）", 1e-3), ("非农业户口人口比重（%）", 1e-2), ("birth_rate", 1.0)]
)
def test_the_unit_in_a_header_counts(header: str, factor: float) -> None:
    assert column_names.factor_of(header, "dmnl") == factor


def test_a_merged_header_is_carried_to_the_right() -> None:
    assert column_names.paths([["", "总人口", "", "户籍人口"], ["地区", "男", "女", ""]]) == [
        "地区", "总人口|男", "总人口|女", "户籍人口",
    ]  # fmt: skip


def test_a_name_that_two_columns_carry_is_refused(tables, save, columns: ColumnFile) -> None:
    [path] = save({2020: tables[2020]})
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0] + ",residents", *(line + ",1" for line in lines[1:])]), encoding="utf-8")
    assert "residents: columns 3, " in problems(path, columns)[0]


def test_rows_are_read_with_names_codes_and_sums_left_out(tables, save, columns: ColumnFile) -> None:
    tables[2010][-2]["name"] = "南山\u5dff"
    old, new = (read_table(path, columns) for path in save(tables))
    assert (old.year, new.year) == (2010, 2020)
    assert [row.name for row in counties(old)] == ["东山县", "西山县", "南山市", "北山区"]
    assert [row.code for row in counties(new)] == ["370121", "370122", "370181", "370102"]
    assert next(counties(old)).name == "东山县"
    assert next(counties(old)).values["birth_rate"] == 0.011


def test_a_prefecture_without_counties_is_one(tables, save, columns: ColumnFile) -> None:
    tables[2020][-1] |= {"code": "441900", "county": "东莞市"}
    [path] = save({2020: tables[2020]})
    assert "441900" in [row.code for row in counties(read_table(path, columns))]


def test_the_year_is_told_by_the_columns_where_the_name_of_the_file_is_silent(tables, save, columns) -> None:
    for path in save(tables):
        year = int(path.stem[-4:])
        assert read_table(path.rename(path.with_name(f"table-{'ab'[year == 2020]}.csv")), columns).year == year


def test_every_fault_of_a_file_is_told_at_once(tables, save, columns: ColumnFile) -> None:
    rows = tables[2020]
    rows[2]["age_0"] = "many"
    rows[3]["residents"] = "1o0"
    rows[4]["code"] = "37018"
    rows[5]["code"] = rows[2]["code"]
    for row in rows:
        del row["urban"], row["household_size"]
    [path] = save({2020: rows})
    found = problems(path, columns)
    assert len(found) == 6
    text = "\n".join(found)
    assert "invented_2020.csv:4:" in text
    assert "column F (age_0): 'many' stands where age_0 needs a number" in text
    assert "'1o0' stands where residents needs a number" in text
    assert "code '37018' of 南山市 has not six digits" in text
    assert "code 370121 (北山区) stands in line 4 already" in text
    assert "urban: no column is called urban or 城乡人口_城镇" in text
    assert "household_size: no column is called" in text
    assert "add the header to data/estimates/census-columns.yaml" in text


def test_a_broken_file_is_told(tmp_path: Path, columns: ColumnFile) -> None:
    pytest.importorskip("openpyxl")
    for name, content, words in [
        ("a.xlsx", b"PK\x03\x04 no", "is not an Excel workbook"),
        ("a.csv", b"", "empty or truncated"),
        ("b.xlsx", b"", "is not an Excel workbook"),
        (
            "c.xlsx",
            bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512),
            "is an old .xls workbook or has a password; save it",
        ),
        ("a.xls", b"x", "is neither .xlsx nor .csv"),
        ("b.csv", "临邑".encode("gb18030"), "is not UTF-8"),
        ("c.csv", b"code;county\n370121;x\n", "none of its headers is known; separate cells by commas, not by ;"),
        ("d.csv", b'code,county\n370121,"x\n370122,y\n', "d.csv:3: is not valid CSV: unexpected end of data"),
    ]:
        path = tmp_path / name
        path.write_bytes(content)
        assert words in problems(path, columns)[0]
    assert "cannot be read" in problems(tmp_path / "missing.xlsx", columns)[0]


def workbook(path: Path, *sheets: list[dict[str, object]]) -> Path:
    """Write a workbook with a table per sheet."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"part{number}") if number else book.active
        for line in ([*rows[0]], *([*row.values()] for row in rows)) if rows else ():
            sheet.append(line)
    book.save(path)
    return path


@pytest.mark.parametrize("damage", ["half", "checksum", "markup"])
def test_a_damaged_workbook_is_told(tables, tmp_path: Path, columns: ColumnFile, damage: str) -> None:
    path = workbook(tmp_path / "a_2020.xlsx", tables[2020])
    content = path.read_bytes()
    if damage == "half":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "checksum":
        start = content.index(b"xl/worksheets/sheet1.xml") + 60
        path.write_bytes(content[:start] + bytes(30) + content[start + 30 :])
    else:
        with ZipFile(path) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        with ZipFile(path, "w") as file:
            for name, part in parts.items():
                file.writestr(name, part[: len(part) // 2] if "sheet1" in name else part)
    assert problems(path, columns) == [
        "a_2020.xlsx: is not an Excel workbook; it is damaged or truncated; open it in a spreadsheet and save it anew"
    ]


def test_one_sheet_of_a_workbook_may_hold_counties(tables, tmp_path: Path, columns: ColumnFile) -> None:
    path = tmp_path / "a_2020.xlsx"
    table = read_table(workbook(path, [{"note": "x"}], tables[2020], []), columns)
    assert (table.label, len(table.rows)) == ("a_2020.xlsx[part1]", 6)
    told = "a_2020.xlsx: several sheets hold counties: a_2020.xlsx[Sheet], a_2020.xlsx[part1]; leave one in the file"
    assert problems(workbook(path, tables[2020][:3], tables[2020][3:]), columns) == [told]
    assert problems(workbook(path, tables[2010], tables[2020]), columns) == [told]
    assert problems(workbook(path, [], []), columns) == ["a_2020.xlsx: holds no rows; the file is empty or truncated"]


@pytest.mark.parametrize(
    ("cell", "number"),
    [("300,000", 300_000), ("\uff13\uff10\uff10\uff0c\uff10\uff10\uff10", 300_000), (" 3e5 ", 300_000), (3e5, 300_000)],
)
def test_numbers_as_people_type_them(tables, tmp_path: Path, columns: ColumnFile, cell: object, number: float) -> None:
    tables[2020][2] |= {"residents": cell, "code": " \uff13\uff17\uff10\uff11\uff12\uff11"}
    row = read_table(workbook(tmp_path / "a_2020.xlsx", tables[2020]), columns).rows[2]
    assert (row.code, row.values["residents"]) == ("370121", number)


@pytest.mark.parametrize(
    "cell", ["2,8", "3,00", "1_000", "40%", "约12万", "120 000", "nan", "#REF!", True, date(2020, 5, 9)]
)
def test_what_is_no_number_is_told_with_its_cell(tables, tmp_path: Path, columns: ColumnFile, cell: object) -> None:
    tables[2020][2]["urban"] = cell
    [told] = problems(workbook(tmp_path / "a_2020.xlsx", tables[2020]), columns)
    assert told.startswith("a_2020.xlsx[Sheet]:4:4: column D (urban): '")
    assert "' stands where urban needs a number; write digits alone, as in 12345.6; a unit or % belongs" in told


def test_a_formula_without_a_stored_value_is_a_blank(tables, tmp_path: Path, columns: ColumnFile) -> None:
    tables[2020][2]["residents"] = "=1+1"
    assert "residents" not in read_table(workbook(tmp_path / "a_2020.xlsx", tables[2020]), columns).rows[2].values


@pytest.mark.parametrize(("code", "told"), [("", "''"), ("370 121", "'370 121'"), (370121.5, "'370121.5'")])
def test_a_row_without_a_good_code_is_told(
    tables, tmp_path: Path, columns: ColumnFile, code: object, told: str
) -> None:
    tables[2020][2]["code"] = code
    [line] = problems(workbook(tmp_path / "a_2020.xlsx", tables[2020]), columns)
    assert line.startswith(f"a_2020.xlsx[Sheet]:4:1: column A: code {told} of 东山县 has not six digits")


def test_missing_columns_are_told_together_with_headers_that_nothing_uses(tables, save, columns: ColumnFile) -> None:
    rows = [{{"urban": "urban_people"}.get(key, key): value for key, value in row.items()} for row in tables[2020]]
    for row in rows:
        del row["code"], row["age_0"]
    [path] = save({2020: rows})
    found = problems(path, columns)
    assert len(found) == 3
    assert found[1].startswith("invented_2020.csv:1: no column with the code of counties; call one code or ")
    assert "the nearest are rural, urban_people; add the header to data/estimates/census-columns.yaml" in found[2]


def test_a_workbook_needs_openpyxl_and_says_so(tmp_path: Path, columns: ColumnFile, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    (tmp_path / "a.xlsx").write_bytes(b"")
    assert "pip install 'urbsim[import]'" in problems(tmp_path / "a.xlsx", columns)[0]


def test_a_workbook_with_chinese_headers_gives_the_same_numbers(tables, save, columns, tmp_path: Path) -> None:
    """The header has two rows under a title, ages by sex, industries instead of sectors, codes as numbers."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["第七次人口普查分县资料"])
    top = [
        "区划代码",
        "省级",
        "县级",
        "总人口（人）",
        "城乡人口",
        None,
        "家庭户",
        "男",
        *[None] * 18,
        "女",
        *[None] * 18,
    ]
    low = ["", "", "", "合计", "城镇", "乡村", "户规模（人/户）", *GROUPS, *GROUPS]
    rest = ["本县（市、区）其他乡、镇、街道", "本省其他县（市、区）", "外省", "人均住房建筑面积（平方米/人）", "15岁及以上人口", "就业人口",
            "农、林、牧、渔业", "采矿业", "制造业", "电力、热力、燃气及水生产和供应业", "建筑业"]  # fmt: skip
    sheet.append([*top, *rest])
    sheet.append(low)
    for row in tables[2020]:
        men = [int(row[age]) // 2 for age in AGE_FIELDS]
        women = [int(row[age]) - half for age, half in zip(AGE_FIELDS, men, strict=True)]
        second = int(row["employed_secondary"])
        moved = [
            row[f"registered_{key}"]
            for key in ("elsewhere_same_county", "other_county_same_province", "other_province")
        ]
        sheet.append([int(str(row["code"])), row["province"], row["county"], row["residents"], row["urban"], row["rural"],
                      row["household_size"], *men, *women, *moved, row["floor_area_per_head_m2"], row["aged_15_plus_long_form"],
                      row["employed_long_form"], row["employed_primary"], 1, second - 6, 2, 3])  # fmt: skip
    sheet.append(["注：不含现役军人"])
    book.save(tmp_path / "census_2020.xlsx")
    [extract] = save({2020: tables[2020]})
    read, expected = read_table(tmp_path / "census_2020.xlsx", columns), read_table(extract, columns)
    assert [(row.code, row.name) for row in read.rows] == [(row.code, row.name) for row in expected.rows]
    for row, other in zip(read.rows, expected.rows, strict=True):
        assert row.values == other.values


def test_years_are_paired_by_code_else_by_name(tables, save, columns: ColumnFile) -> None:
    tables[2010][3]["code"] = "370199"  # 西山县 had another code
    tables[2010][4] |= {
        "code": "370198",
        "name": "南山县",
        "residents": 1,
    }  # and 南山 was far smaller: not the same place
    found, refused = pair([read_table(path, columns) for path in save(tables)])
    by_code = {county.code: county for county in found}
    assert sorted(by_code) == ["370102", "370121", "370122", "370181"]
    assert by_code["370122"].note == "figures of 2010 are those of 西山县 (370199)"
    assert sorted(by_code["370122"].ages) == [2010, 2020]
    assert sorted(by_code["370181"].ages) == [2020]
    assert [one.code for one in refused] == ["370198"]
    assert by_code["370102"].kind == "district"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"age_0": -5, "urban": -1},
            "urban of 2020 is negative: -1; age_0 of 2020 is negative: -5; "
            "age groups of 2020 add up to 296995, residents are 300000",
        ),
        ({"age_0": ""}, "age_0 of 2020 is blank"),
        ({"age_0": "", "residents": "-"}, "age_0, residents of 2020 are blank"),
        ({"age_20_24": 1}, "age groups of 2020 add up to 279001, residents are 300000"),
        ({"registered_other_province": "—"}, "from_other_province of 2020 cannot be told; a cell is blank"),
        ({"residents": 0}, "nobody lives there in 2020"),
    ],
)
def test_a_county_with_a_fault_is_left_out_with_the_reason(tables, save, columns, changes, reason: str) -> None:
    tables[2020][2] |= changes
    found, refused = pair([read_table(path, columns) for path in save(tables)])
    assert [(one.code, one.reason) for one in refused] == [("370121", reason)]
    assert len(found) == 3


def test_a_county_whose_older_row_has_a_fault_goes_on_without_it(tables, save, columns) -> None:
    tables[2010][2]["registered"] = 1000
    found, refused = pair([read_table(path, columns) for path in save(tables)])
    county = next(county for county in found if county.code == "370121")
    assert not refused
    assert list(county.ages) == [2020]
    assert county.note.startswith("2010 is left out: 1000 registered people of 2010 are fewer than ")


@pytest.mark.parametrize(("name", "short"), [("鄂温克族自治旗", "鄂温克族"), ("神农架林区", "神农架"), ("县", "县")])
def test_a_name_without_its_rank(name: str, short: str) -> None:
    assert stem(name) == short
