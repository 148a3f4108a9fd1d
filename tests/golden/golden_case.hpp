#pragma once
// Reads one case, runs it through config/ and artifacts/, and says where the result differs.

#include <config/load.hpp>

#include <boost/json.hpp>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace itsup::golden {

/// What one version makes of a case's root.
struct Outcome {
    /// Project → its errors (no warnings), as text; under "" those that stop the whole set.
    std::map<std::string, std::vector<std::string>> errors;
    /// Path → parsed content, in the golden's own JSON form.
    boost::json::object files;
    std::vector<std::string> projects;
    std::vector<std::string> start_order;
    /// The names of all edge networks.
    std::vector<std::string> edges;
};

struct Case {
    std::string name;
    boost::json::object golden;
    config::RootFiles files;
    config::SecretMap secrets;
};

Case read_case(const std::filesystem::path& directory);

/// `files` is filled even when there are errors, as far as it can be: a case whose one bad row
/// stops everything still shows what became of the others.
Outcome run_case(const Case& test_case);

struct Difference {
    std::string file;
    /// `services.web.labels[+]` for a list whose order does not count.
    std::string path;
    /// JSON; empty = not there.
    std::string golden;
    std::string ours;
};

std::vector<Difference> compare_files(const boost::json::object& golden,
                                      const boost::json::object& ours);

std::string describe(const Difference& difference);

}  // namespace itsup::golden
