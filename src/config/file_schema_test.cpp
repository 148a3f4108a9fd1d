#include <config/file_schema.hpp>
#include <config/project_file.hpp>
#include <config/settings.hpp>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace itsup::config {
namespace {

namespace json = boost::json;

model::Problems parse(const ConfigFile& file, const std::string& text) {
    if (file.name == "itsup") {
        return parse_settings(text, file.path).problems;
    }
    if (file.name == "backup") {
        return parse_backup_file(text, file.path).problems;
    }
    return parse_project_file(text, file.path).problems;
}

/// A value that no key takes.
std::string wrong_value(const FileKey& key) {
    return key.kind == ValueKind::section ? "[]" : "{a: b}";
}

struct Place {
    std::string path;
    /// A document with the text `VALUE` where the key's value stands.
    std::string document;
    const FileKey* key;
};

void collect(const FileSection& section, const std::string& path, const std::string& around,
             std::vector<Place>& out) {
    for (const auto& key : section.keys) {
        const auto own = (path.empty() ? "" : path + ".") + std::string(key.name);
        const auto text = "{" + std::string(key.name) + ": VALUE}";
        auto document = around;
        document.replace(document.find("VALUE"), 5, text);
        out.push_back({own, document, &key});
        if (key.section != nullptr) {
            const bool rows = key.kind == ValueKind::rows;
            auto inner = document;
            inner.replace(inner.find("VALUE"), 5, rows ? "[VALUE]" : "VALUE");
            collect(*key.section, own + (rows ? "[0]" : ""), inner, out);
        }
    }
}

std::vector<Place> all_places(const ConfigFile& file) {
    std::vector<Place> out;
    collect(*file.top, "", "VALUE", out);
    return out;
}

TEST(FileKeys, EveryDeclaredKeyIsReadAndItsValueChecked) {
    for (const auto& file : config_files()) {
        for (const auto& place : all_places(file)) {
            auto document = place.document;
            document.replace(document.find("VALUE"), 5, wrong_value(*place.key));
            const auto problems = parse(file, document);
            EXPECT_THAT(problems,
                        ::testing::Contains(::testing::AllOf(
                            ::testing::Field(&model::Problem::path, place.path),
                            ::testing::Field(&model::Problem::severity, model::Severity::error))))
                << file.name << ": " << document;
        }
    }
}

TEST(FileKeys, ASlipIsNamedEvenWhereOtherToolsKeepKeys) {
    const auto problems =
        parse_settings("schemaVersion: 2.1.0\nrouterIp: 10.0.0.1\nbackup: {}\n", "f").problems;
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].hint, "did you mean routerIP?");
}

TEST(FileKeys, ExamplesHaveNoProblem) {
    for (const auto& file : config_files()) {
        EXPECT_THAT(parse(file, std::string(file.example)), ::testing::IsEmpty()) << file.name;
    }
}

TEST(FileSchema, DescribesEveryKeyWithItsDefault) {
    const auto schema = json::parse(make_file_schema(*find_config_file("itsup-project")));
    const auto& row = schema.at("properties").at("ingress").at("items").at("properties");
    EXPECT_EQ(row.at("port").at("default"), 8080);
    EXPECT_EQ(row.at("router").at("enum"), json::value({"http", "tcp", "udp"}));
    EXPECT_EQ(schema.at("additionalProperties"), false);
}

TEST(FileSchema, TheDocumentationIsTheCheckedInPage) {
    std::ifstream in(ITSUP_DOCS "/config.md");
    std::stringstream text;
    text << in.rdbuf();
    EXPECT_EQ(text.str(), make_file_docs()) << "run: itsup schema --docs > docs/config.md";
}

}  // namespace
}  // namespace itsup::config
