#include "golden/differences.hpp"
#include "golden/golden_case.hpp"

#include <config/yaml_parser.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace itsup::golden {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> case_directories() {
    std::vector<fs::path> directories;
    for (const auto& entry : fs::directory_iterator(ITSUP_GOLDEN_CASES)) {
        if (entry.is_directory())
            directories.push_back(entry.path());
    }
    std::ranges::sort(directories);
    return directories;
}

/// A value that is not there matches only the empty pattern.
bool fits(std::string_view pattern, const std::string& value) {
    return value.empty() || pattern.empty() ? value.empty() == pattern.empty()
                                            : matches(pattern, value);
}

/// `services.NAME.key…` → NAME; the keys that are asked for hold no dot of their own.
std::string service_in(const std::string& path) {
    const std::string_view prefix = "services.";
    for (const std::string_view key : {".networks", ".dns"}) {
        const auto end = path.rfind(key);
        if (path.starts_with(prefix) && end != std::string::npos)
            return path.substr(prefix.size(), end - prefix.size());
    }
    return "";
}

bool named_no_network(const Case& test_case, const Difference& found) {
    for (const auto& project : test_case.files.projects) {
        if (found.file != fmt::format("upstream/{}/docker-compose.yml", project.name))
            continue;
        const auto parsed = config::parse_yaml(project.compose.value_or(""), found.file);
        const auto* networks =
            parsed.root.find_path({"services", service_in(found.path), "networks"});
        return networks == nullptr || networks->is_falsy();
    }
    return false;
}

bool off_proxynet(const Outcome& outcome, const Difference& found) {
    const auto& service =
        outcome.files.at(found.file).at("services").at(service_in(found.path)).as_object();
    const auto* networks = service.if_contains("networks");
    if (networks == nullptr)
        return true;
    if (const auto* mapping = networks->if_object())
        return !mapping->contains("proxynet");
    return std::ranges::find(networks->as_array(), boost::json::value("proxynet")) ==
           networks->as_array().end();
}

bool applies(When when, const Case& test_case, const Outcome& outcome, const Difference& found) {
    switch (when) {
        case When::always:
            return true;
        case When::named_no_network:
            return named_no_network(test_case, found);
        case When::off_proxynet:
            return off_proxynet(outcome, found);
    }
    return false;
}

bool covers(const DeliberateDifference& row, const Case& test_case, const Outcome& outcome,
            const Difference& found) {
    const bool any_value = row.golden == "*" && row.ours == "*";
    return matches(row.test_case, test_case.name) && matches(row.file, found.file) &&
           matches(row.path, found.path) &&
           (any_value || (fits(row.golden, found.golden) && fits(row.ours, found.ours))) &&
           applies(row.when, test_case, outcome, found);
}

/// Files that another program left in the root, not generated ones.
bool is_input(const std::string& file) {
    return file == "upstream/gone/docker-compose.yml";
}

bool has_exception(const Case& test_case) {
    const auto* exception = test_case.golden.if_contains("exception");
    return exception != nullptr && !exception->is_null();
}

bool original_failed(const Case& test_case) {
    return test_case.golden.at("exit").as_int64() != 0;
}

std::vector<std::string> strings(const boost::json::value& array) {
    std::vector<std::string> texts;
    for (const auto& item : array.as_array())
        texts.emplace_back(item.as_string());
    return texts;
}

/// The cases whose whole set the original wrote.
std::vector<fs::path> finished_case_directories() {
    auto directories = case_directories();
    std::erase_if(directories,
                  [](const fs::path& path) { return original_failed(read_case(path)); });
    return directories;
}

/// The projects (and "", the whole set) that have errors in only one of the two versions.
std::vector<std::string> one_sided_errors(const Case& test_case, const Outcome& outcome) {
    std::set<std::string> golden;
    for (const auto& item : test_case.golden.at("errors").as_object())
        golden.insert(item.key());
    if (has_exception(test_case))
        golden.insert("");
    std::set<std::string> ours;
    for (const auto& item : outcome.errors)
        ours.insert(item.first);
    std::vector<std::string> one_sided;
    std::ranges::set_symmetric_difference(golden, ours, std::back_inserter(one_sided));
    return one_sided;
}

bool covers_error(const DeliberateError& row, const Case& test_case, const Outcome& outcome,
                  const std::string& project) {
    if (!matches(row.test_case, test_case.name) || !matches(row.project, project))
        return false;
    const auto found = outcome.errors.find(project);
    if (found == outcome.errors.end() || row.ours.empty())
        return found == outcome.errors.end() && row.ours.empty();
    return std::ranges::any_of(found->second,
                               [&](const std::string& text) { return matches(row.ours, text); });
}

class Golden : public testing::TestWithParam<fs::path> {};
class GoldenFiles : public testing::TestWithParam<fs::path> {};

TEST_P(GoldenFiles, DifferOnlyWhereADefectIsMended) {
    const auto test_case = read_case(GetParam());
    const auto outcome = run_case(test_case);
    // What missing secrets stop is not there to be compared.
    const bool has_proxy = !outcome.errors.contains("");
    for (const auto& found :
         compare_files(test_case.golden.at("files").as_object(), outcome.files)) {
        if (is_input(found.file) || (!has_proxy && found.file.starts_with("proxy/")))
            continue;
        const auto rows = deliberate_differences();
        EXPECT_TRUE(std::ranges::any_of(rows, [&](const auto& row) {
            return covers(row, test_case, outcome, found);
        })) << describe(found);
    }
}

TEST_P(Golden, ErrorsStandAtTheSameProjects) {
    const auto test_case = read_case(GetParam());
    const auto outcome = run_case(test_case);
    for (const auto& project : one_sided_errors(test_case, outcome)) {
        const auto rows = deliberate_errors();
        EXPECT_TRUE(std::ranges::any_of(
            rows, [&](const auto& row) { return covers_error(row, test_case, outcome, project); }))
            << "project \"" << project << "\": "
            << (outcome.errors.contains(project)
                    ? "our error is new: " + outcome.errors.at(project).front()
                    : "our error is missing");
    }
}

TEST_P(Golden, ProjectsOrderAndEdgesAreTheSame) {
    const auto test_case = read_case(GetParam());
    const auto outcome = run_case(test_case);
    EXPECT_EQ(outcome.projects, strings(test_case.golden.at("projects")));
    if (const auto* order = test_case.golden.if_contains("apply_order"); order->is_array()) {
        EXPECT_EQ(outcome.start_order, strings(*order));
    }
    if (const auto* edges = test_case.golden.if_contains("edge_names"); edges->is_object()) {
        for (const auto& [key, name] : edges->as_object()) {
            EXPECT_THAT(outcome.edges, testing::Contains(std::string(name.as_string())));
        }
    }
}

std::string name_of(const testing::TestParamInfo<fs::path>& parameter) {
    auto name = parameter.param.filename().string();
    std::ranges::replace(name, '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(case_directories()), name_of);
INSTANTIATE_TEST_SUITE_P(Cases, GoldenFiles, testing::ValuesIn(finished_case_directories()),
                         name_of);

TEST(GoldenTable, HasEveryCase) {
    EXPECT_EQ(case_directories().size(), 81U);
}

TEST(GoldenTable, HasNoRowThatNothingUses) {
    const auto rows = deliberate_differences();
    const auto error_rows = deliberate_errors();
    std::vector<bool> used(rows.size());
    std::vector<bool> used_errors(error_rows.size());
    for (const auto& directory : case_directories()) {
        const auto test_case = read_case(directory);
        const auto outcome = run_case(test_case);
        const auto* files = test_case.golden.at("files").if_object();
        if (files != nullptr && !original_failed(test_case)) {
            for (const auto& found : compare_files(*files, outcome.files)) {
                for (std::size_t i = 0; i < rows.size(); ++i) {
                    if (covers(rows[i], test_case, outcome, found))
                        used[i] = true;
                }
            }
        }
        for (const auto& project : one_sided_errors(test_case, outcome)) {
            for (std::size_t i = 0; i < error_rows.size(); ++i) {
                if (covers_error(error_rows[i], test_case, outcome, project))
                    used_errors[i] = true;
            }
        }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_TRUE(used[i]) << "defect " << rows[i].defect << " " << rows[i].test_case << " "
                             << rows[i].path;
    }
    for (std::size_t i = 0; i < error_rows.size(); ++i) {
        EXPECT_TRUE(used_errors[i]) << "defect " << error_rows[i].defect << " "
                                    << error_rows[i].test_case << " " << error_rows[i].project;
    }
}

/// Every error of every case, as a person reads it: a change of words shows up in review.
TEST(GoldenErrors, AreTheOnesThatAreWrittenDown) {
    std::string all;
    for (const auto& directory : case_directories()) {
        const auto test_case = read_case(directory);
        for (const auto& [project, errors] : run_case(test_case).errors) {
            for (const auto& error : errors) {
                all += fmt::format("{} {} {}\n", test_case.name, project.empty() ? "-" : project,
                                   error);
            }
        }
    }
    const fs::path expected = fs::path(ITSUP_GOLDEN_CASES).parent_path() / "errors.txt";
    std::ostringstream text;
    text << std::ifstream(expected).rdbuf();
    if (text.str() != all)
        std::ofstream(expected.filename()) << all;
    EXPECT_EQ(text.str(), all) << "what it is now stands in errors.txt of the build directory";
}

}  // namespace
}  // namespace itsup::golden
