#pragma once
// The steps of a transaction of tree_writer.cpp, and the journal that makes them survive a crash.

#include <base/result.hpp>
#include <runtime/files.hpp>
#include <runtime/files_beneath.hpp>
#include <runtime/tree_staging.hpp>

#include <string>
#include <vector>

namespace itsup::runtime::detail {

/// One change of the root, which may be done twice.
struct Step {
    /// Letters of the journal: move, new folder, file, directory.
    enum class Kind : char { put = 'M', make_folder = 'N', remove_file = 'F', remove_folder = 'D' };
    Kind kind = Kind::put;
    std::string path;
    /// What is put to `path`, relative to the root as well: on the same file system.
    std::string temporary = {};
};

/// Whether a staged file may be missing: in a second attempt the first one has put it, or somebody
/// has removed the whole folder since.
enum class Attempt { first, again };

/// Goes on after a step that fails, so that one bad path holds up nothing else; then the first
/// failure.
base::Result<> perform_all(const Root& root, const std::vector<Step>& steps, Attempt attempt);

std::string to_journal(const std::vector<Step>& steps);
/// Puts the file that holds to_journal() into the journal's place. From then on, whatever it
/// returns, the staged files are the journal's.
base::Result<> commit_journal(const Root& root, const std::string& temporary, Staging& staging);
base::Result<> remove_journal(const Root& root);
/// What a journal asks for is done, or the journal is set aside: it never stands afterwards. An
/// error when it can be neither read nor moved.
base::Result<Recovery> finish_journal(const Directory& directory, const Root& root);

}  // namespace itsup::runtime::detail
