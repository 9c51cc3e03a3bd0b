"""The census workbooks as they are published: their headers, blanks, sums, codes that changed, single faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from urbsim.errors import InputError
from urbsim.files import Source
from urbsim.project.project import Project
from urbsim.project.regions.census.build import build
from urbsim.project.regions.census.changes import ChangeFile, load_changes
from urbsim.project.regions.census.columns import ColumnFile
from urbsim.project.regions.census.county import County, Rejection, pair
from urbsim.project.regions.census.figures import AGE_FIELDS
from urbsim.project.regions.census.importing import usable
from urbsim.project.regions.census.rules import RuleFile
from urbsim.project.regions.census.table import Table, counties, read_table
from urbsim.project.regions.facts import LARGEST, NEEDS, PUBLISHED, Fact, fact_problems, figure
from urbsim.project.regions.plausible import plausible_problems
from urbsim.project.workspace import Workspace

HERE = Path(__file__)
SHARED = next((up / "shared" / "data" for up in HERE.parents if (up / "shared" / "data").is_dir()), HERE)
BOOKS = [SHARED / "workbooks" / f"census_county_{year}_v1.xlsx" for year in (2020, 2010)]
shared = pytest.mark.skipif(not all(p.exists() for p in BOOKS), reason="the census workbooks are not here")

SPANS = ["0", "1-4", *(f"{start}-{start + 4}" for start in range(5, 85, 5))]
AGES = {
    2020: [f"{sex}_{age.replace('-', '到')}岁" for age in SPANS for sex in "男女"] + ["男_85岁以上", "女_85岁以上"],
    2010: [f"{age}岁（{sex}）" for age in SPANS for sex in "男女"] + ["85岁及以上（男）", "85岁及以上（女）"],
}
SERVICES = {
    2020: ["批发和零售业", "交通运输仓储和邮政业", "住宿和餐饮业", "信息传输软件和信息技术服务业", "金融业", "房地产业", "租赁和商务服务业",
           "科学研究和技术服务业", "水利环境和公共设施管理业", "居民服务修理和其服务业", "教育", "卫生和社会工作", "文化体育和娱乐业",
           "公共管理社会保障和社会组织", "国际组织"],
    2010: ["仓储和邮政业", "交通运输、\n计算机服务\n和软件业", "信息传输、\n批发和零售业", "住宿和餐饮业", "金融业", "房地产业", "租赁和\n商务服务业",
           "科学研究、\n技术服务和\n地质勘察业", "水利、环境\n和公共设施\n管理业", "居民服务和\n其他服务业", "教育", "卫生、社会\n保障和社会\n福利业",
           "文化、体育\n和娱乐业", "公共管理和\n社会组织", "国际组织"],
}  # fmt: skip
Sheet = list[dict[str, object]]


def half(count: object) -> tuple[int, int]:
    return int(str(count)) // 2, int(str(count)) - int(str(count)) // 2


def published(row: dict[str, object], year: int) -> dict[str, object]:
    """Return a row of an extract as the workbook of the year has it."""
    sexes = [number for age in AGE_FIELDS for number in half(row[age])]
    working = int(str(row["employed_long_form"]))
    first, second = working * 3 // 10, working * 3 // 10
    services = dict(zip(SERVICES[year], [working - first - second, *[0] * 14], strict=True))
    ages = dict(zip(AGES[year], sexes, strict=True))
    if year == 2020:
        return {
            "区划代码": int(str(row["code"])), "省": "山东省", "市": "某市", "区县": row["county"], "人口数_合计": row["residents"],
            "城镇人口": row["urban"], "户规模": row["household_size"], **ages, "有65岁及以上老年人口的户数": 1,
            "户口登记地在外乡镇街道人口_本县": row["registered_elsewhere_same_county"],
            "户口登记地在外乡镇街道人口_本省其他县": row["registered_other_county_same_province"],
            "户口登记地在外乡镇街道人口_省外": row["registered_other_province"], "平均受教育年限_合计": 9,
            "15岁及以上文盲人口": 7, "各种行业人口总计": working, "农林牧渔业": first, "采矿业": 0, "制造业": second,
            "电力热力燃气及水生产和供应业": 0, "建筑业": 0, **services, "十五岁以上人口": row["aged_15_plus_long_form"],
            "平均每户住房间数": 3, "人均住房建筑面积": row["floor_area_per_head_m2"],
        }  # fmt: skip
    return {
        "地区": f"  {str(row['name']).strip()}", "区划代码": int(str(row["code"])), "合计": row["residents"], "男": 1, "女": 1,
        "户籍人口": row["registered"], "非农业户口\n人口比重\n（%）": 20.0, "城镇人口": row["urban"], "人口数": 1,
        "户规模\n（人/户）": row["household_size"], **ages, "有65岁及以上老年人口的户数（户）-合计": 1, "出生率（‰）": 11.0,
        "死亡率（‰）": 6.5, "迁入人口（人）-本县（市）/\n本市市区": row["moved_in_same_county"],
        "迁入人口（人）-本省其他县\n（市）、市区": row["moved_in_same_province"], "迁入人口（人）-外省": row["moved_in_other_province"],
        "平均受教育年限（年）-合计": 9, "各种行业人口\n总计": working, "农林牧渔业": first, "采矿业": None, "制造业": second,
        "电力、燃气\n及水的生产\n和供应业": 0, "建筑业": 0, **services, "第一产业（%）": 30.0, "第二产业（%）": 30.0, "第三产业（%）": 40.0,
        "15岁及以上人口-合计": row["aged_15_plus_long_form"], "15岁及以上人口-男": 1,
        "人均住房\n建筑面积\n（平方米/人）": row["floor_area_per_head_m2"],
    }  # fmt: skip


@pytest.fixture
def sheets(tables) -> dict[int, Sheet]:
    """Return both workbooks with sixteen counties each, so that one fault is one of many rows."""
    for year, name in ((2020, "county"), (2010, "name")):
        more = [tables[year][2] | {"code": f"3702{n}", name: f"第{n}县"} for n in range(21, 33)]
        tables[year] += more
    return {year: [published(row, year) for row in rows] for year, rows in tables.items()}


@pytest.fixture
def books(tmp_path: Path) -> Callable[[dict[int, Sheet]], list[Path]]:
    """Write workbooks with the sums without a code that the published ones have; return their paths."""

    def write(sheets: dict[int, Sheet]) -> list[Path]:
        openpyxl = pytest.importorskip("openpyxl")
        paths = []
        for year, rows in sheets.items():
            book = openpyxl.Workbook()
            first = list(rows[0].values())
            if year == 2020:
                sums = [["NA", "全国", "全国", "全国", *first[4:]]]
            else:
                sums = [["市辖区", None, *first[2:]], [None] * len(first), ["省直辖县级行政区划", None, *first[2:]]]
            for line in [[*rows[0]], *sums, *([*row.values()] for row in rows), ["首发论坛：某论坛"]]:
                book.active.append(line)
            path = tmp_path / f"census_county_{year}_v1.xlsx"
            book.save(path)
            paths.append(path)
        return paths

    return write


@pytest.fixture
def read(books, columns: ColumnFile) -> Callable[[dict[int, Sheet]], list[Table]]:
    return lambda sheets: [read_table(path, columns) for path in books(sheets)]


def test_the_workbooks_give_the_numbers_of_their_cells(sheets, read, tables) -> None:
    for table in read(sheets):
        rows = list(counties(table))
        assert (len(rows), table.strays) == (16, ())
        row = rows[0]
        source = next(one for one in tables[table.year] if one["code"] == row.code)
        assert [row.values[age] for age in AGE_FIELDS] == [source[age] for age in AGE_FIELDS]
        assert row.values["residents"] == source["residents"]
        assert row.values["employed_primary"] == int(str(source["employed_long_form"])) * 3 // 10, (
            "persons, not per cent"
        )
        assert table.year == 2020 or row.values["birth_rate"] == pytest.approx(0.011)
        assert table.year == 2020 or "employed_secondary" in row.blanks, "mining is blank"


def test_both_workbooks_become_counties(sheets, read, rules: RuleFile, project: Project) -> None:
    found, refused = pair(read(sheets))
    made = usable(found, refused, rules, project, lambda _: None)
    assert (len(made.regions), made.rejections) == (16, [])
    assert {tuple(sorted(county.ages)) for county, _ in made.regions} == {(2010, 2020)}
    figures = made.regions[0][0].figures
    assert figures["employed_secondary", 2010] == pytest.approx(figures["employed_primary", 2010], abs=1)


@pytest.mark.parametrize("word", ["NA", "na", "N/A", "#N/A", "—", None, "不详"])
def test_a_blank_is_nobody_where_the_rest_adds_up(sheets, read, word: str | None) -> None:
    row = sheets[2020][2]
    second, boys = int(str(row["制造业"])), int(str(row["男_0岁"]))
    row |= {"采矿业": word, "国际组织": word, "男_0岁": word, "女_0岁": int(str(row["女_0岁"])) + boys}
    [county] = [one for one in pair(read(sheets))[0] if one.code == "370121"]
    assert county.figures["employed_secondary", 2020] == pytest.approx(second * 10, rel=0.01)
    assert county.ages[2020][0] == row["女_0岁"]


def test_a_blank_that_a_rule_stands_in_for_stays_unknown(sheets, read, rules: RuleFile) -> None:
    sheets[2010][2]["户籍人口"] = "NA"
    [county] = [one for one in pair(read(sheets))[0] if one.code == "370121"]
    assert ("registered_population", 2010) not in county.figures
    fact = figure(build(county, rules, "shandong").facts, "registered_population", 2010)
    assert fact is not None
    assert fact.range is not None


@pytest.mark.parametrize(
    ("changes", "reason", "cell"),
    [
        (
            {"户口登记地在外乡镇街道人口_本省其他县": "NA"},
            "from_same_province of 2020 cannot be told; a cell is blank",
            "(户口登记地在外乡镇街道人口_本省其他县) holds 'NA'",
        ),
        ({"女_0岁": "NA"}, "age_0 of 2020 is blank", "(女_0岁) holds 'NA'"),
        (
            {"农林牧渔业": "NA"},
            "employed_primary, employed_secondary, employed_tertiary of 2020 cannot be told; a cell is blank",
            "(农林牧渔业) holds 'NA'",
        ),
    ],
)
def test_a_blank_that_nothing_stands_in_for_costs_its_county(sheets, read, changes, reason: str, cell: str) -> None:
    sheets[2020][2] |= changes
    found, [refusal] = pair(read(sheets))
    assert len(found) == 15
    assert (refusal.code, refusal.reason) == ("370121", reason)
    assert refusal.cells[:2] == ("census_county_2020_v1.xlsx[Sheet]", "row 5")
    assert any(one.endswith(cell) for one in refusal.cells)
    assert refusal.hint == "write the number, or leave the county out"


@pytest.mark.parametrize("cell", ["5                5", "约12万", "#REF!"])
def test_text_in_one_of_many_rows_costs_its_county(sheets, read, cell: str) -> None:
    sheets[2020][2]["城镇人口"] = cell
    sheets[2010][3]["城镇人口"] = cell
    found, [refusal] = pair(read(sheets))
    assert refusal.code == "370121"
    assert f"(城镇人口): {cell!r} stands where urban needs a number" in refusal.reason
    assert "write digits alone" in refusal.hint
    [county] = [one for one in found if one.code == "370122"]
    assert [*county.ages] == [2020]
    assert county.note.startswith("2010 is left out: column ")


def test_text_in_row_upon_row_is_a_fault_of_the_file(sheets, read) -> None:
    for row in sheets[2020][2:5]:
        row["城镇人口"] = "x"
    with pytest.raises(InputError) as caught:
        read(sheets)
    assert len(caught.value.problems) == 3


def test_places_without_a_code_and_codes_given_twice_are_refused_alone(sheets, read) -> None:
    sheets[2020][5]["区划代码"] = "NA"
    sheets[2010][-1] |= {"地区": "  某行委", "区划代码": None}
    found, refused = pair(read(sheets))
    told = {one.name: one for one in refused}
    assert "code 'NA' of 北山区 has not six digits" in told["北山区"].reason
    assert "row 22" in told["某行委"].cells
    assert len(found) == 16
    sheets[2020][5]["区划代码"] = 370102
    sheets[2020][-1]["区划代码"] = sheets[2020][-2]["区划代码"]
    assert "stands in line" in {one.code: one.reason for one in pair(read(sheets))[1]}["370231"]


def test_a_code_that_changed_is_known_whatever_the_name(sheets, read) -> None:
    sheets[2010][2] |= {"地区": "  旧名县", "区划代码": 370199}
    changes = ChangeFile.model_validate({
        "codes": {"370199": "370121"},
        "transfers": [
            {"from": "370199", "to": "370122", "year": 2014},
            {"from": "370121", "to": "370122", "year": 2012},
            {"from": "999999", "to": "370181", "year": 2012},
        ],
    })  # fmt: skip
    found = {one.code: one for one in pair(read(sheets), changes)[0]}
    assert sorted(found["370121"].ages) == [2010, 2020]
    assert found["370121"].note == (
        "figures of 2010 are those of 旧名县 (370199); "
        "land passed between it and 370122 (2012, 2014): a replay from 2010 mixes people and territory"
    )
    assert "370121 (2012), 370199 (2014)" in found["370122"].note
    assert "999999 (2012)" in found["370181"].note
    assert not found["370102"].note


def test_the_changes_that_are_carried_are_whole(shipped: Workspace, project: Project, tmp_path: Path) -> None:
    changes = load_changes(shipped.data / "county-changes.yaml", "county-changes.yaml")
    assert (len(changes.codes), len(changes.transfers)) == (159, 83)
    assert changes.source in project.sources
    codes = [*changes.codes, *changes.codes.values(), *(t.giver for t in changes.transfers)]
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len({*changes.codes.values()}) == 159
    assert load_changes(tmp_path / "none.yaml", "none.yaml") == ChangeFile()


def impossible(sheets: dict[int, Sheet], year: int, **changes: object) -> None:
    sheets[year][2] |= changes


def outcome(read, sheets, rules: RuleFile, project: Project) -> tuple[dict[str, County], list[Rejection]]:
    found, refused = pair(read(sheets))
    made = usable(found, refused, rules, project, lambda _: None)
    return {county.code: county for county, _ in made.regions}, made.rejections


def test_a_number_that_no_county_can_have_is_refused_with_the_range(sheets, read, rules, project: Project) -> None:
    impossible(sheets, 2020, 户规模=1e9)
    made, [refusal] = outcome(read, sheets, rules, project)
    assert len(made) == 15
    assert refusal.reason == "household_size must lie from 1 to 20 person/dwelling, not 1e+09"
    assert refusal.cells == ("census_county_2020_v1.xlsx[Sheet] row 5", "census_county_2010_v1.xlsx[Sheet] row 7")
    assert refusal.hint == "check the unit and the digits"


def test_an_impossible_number_of_2010_costs_that_year_alone(sheets, read, rules, project: Project) -> None:
    impossible(sheets, 2010, 户籍人口=1e12)
    made, refused = outcome(read, sheets, rules, project)
    assert not refused
    assert [*made["370121"].ages] == [2020]
    assert made["370121"].note.startswith(
        "2010 is left out: registered_population must lie from 0 to 2e+08 person, not 1e+12"
    )
    impossible(sheets, 2010, 户籍人口=2e7)
    made, _ = outcome(read, sheets, rules, project)
    assert "20 for each of 300000 residents, not 2e+07" in made["370121"].note


@pytest.mark.parametrize(("pupils", "count"), [(600, 0), (899, 0), (901, 1)])
def test_pupils_are_at_most_half_more_than_children(pupils: float, count: int) -> None:
    fact = Fact(value=pupils, unit="person", year=2020, source="x")
    groups = [100.0, 400.0, 500.0, 500.0, *[500.0] * 15]
    problems = [*plausible_problems(Source("r", None), {"pupils_primary": [fact]}, {2020: groups})]
    assert len(problems) == count
    assert all(
        "must lie from 0 to 900 person, 1.5 for each of 600 residents aged 6 to 11" in p.message for p in problems
    )
    wrong = Fact(value=9e9, unit="mu", year=2020, source="x")
    assert not [*plausible_problems(Source("r", None), {"pupils_primary": [wrong]}, {2020: groups})]


def test_every_unit_of_a_fact_has_a_largest_number() -> None:
    assert {need.unit for need in (*NEEDS.values(), *PUBLISHED.values())} <= set(LARGEST)
    fact = Fact(value=1e17, unit="yuan/year", year=2020, source="x")
    [problem] = fact_problems(Source("r", None), {"net_transfers": [fact]}, {"x"})
    assert problem.message == "net_transfers must be at most 1e+14 yuan/year, not 1e+17"


def test_the_command_ends_with_a_summary(workspace: Workspace, sheets, books, call) -> None:
    sheets[2020][2]["户口登记地在外乡镇街道人口_省外"] = "NA"
    files = books(sheets)
    code, out, err = call("regions", "import", *files, "--all")
    assert (code, err) == (0, "")
    assert "not imported: 370121 山东省东山县: from_other_province of 2020 cannot be told; a cell is blank (" in out
    summary = out.splitlines()[-1]
    assert summary.startswith("15 counties imported, 1 refused with reasons, ")
    assert summary.endswith(" s; only single counties are at fault, the files are sound")
    code, out, _ = call("regions", "import", *files, "--all", "--json", "--overwrite")
    assert json.loads(out)["refused"][0]["hint"] == "write the number, or leave the county out"
    assert json.loads(out)["seconds"] >= 0
    code, out, err = call("regions", "import", *files, "--code", "370122")
    assert (code, err) == (0, ""), "the fault of another county does not matter"
    assert call("regions", "import", *files, "--code", "370121")[0] == 2
    files[0].write_bytes(b"no workbook")
    assert call("regions", "import", *files, "--all", "--overwrite")[0] == 2


@shared
def test_the_published_workbooks_give_the_numbers_of_the_extracts(columns: ColumnFile) -> None:
    for book in BOOKS:
        extract = SHARED / f"{book.stem.removesuffix('_v1')}.csv"
        table = read_table(book, columns)
        rows = {row.code: row for row in table.rows}
        compared = 0
        for row in read_table(extract, columns).rows if extract.exists() else ():
            if row.code not in rows:
                continue
            values = rows[row.code].values
            shared_fields = {name for name in row.values if name in values and not name.endswith("_share")}
            wrong = {name for name in shared_fields if abs(values[name] - row.values[name]) > 1e-3 * abs(values[name])}
            assert not {name for name in wrong if name not in {"birth_rate", "death_rate"}}, (row.code, wrong)
            compared += 1
        assert compared > 1700 or not extract.exists()


@shared
@pytest.mark.slow
def test_the_published_workbooks_import(
    columns: ColumnFile, rules: RuleFile, project: Project, shipped: Workspace
) -> None:
    tables = [read_table(book, columns) for book in BOOKS]
    changes = load_changes(shipped.data / "county-changes.yaml", "county-changes.yaml")
    found, refused = pair(tables, changes)
    made = usable(found, refused, rules, project, lambda _: None)
    assert len(made.regions) > 2900
    assert len([one for one in made.rejections if one.code]) < 15
    assert all(one.reason and one.cells and one.hint for one in made.rejections)
    names = {county.code: county for county, _ in made.regions}
    assert "350821" not in names, "a blank of those from other counties has no rule"
    assert sorted(names["510116"].ages) == [2010, 2020], "双流 more than doubled; its code is known to have changed"
