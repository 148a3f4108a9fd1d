#pragma once
// The temporary files of tree_writer.cpp.

#include <base/result.hpp>
#include <runtime/files.hpp>
#include <runtime/files_beneath.hpp>

#include <string>
#include <utility>
#include <vector>

namespace itsup::runtime::detail {

/// New files beside the old ones; they go away again unless release() gives them to a journal.
class Staging {
  public:
    explicit Staging(const Root& root) : root_(root) {}
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    ~Staging();

    /// Writes to a temporary file in `folder`, fsynced; its path. `path` is what it is for.
    base::Result<std::string> write(const std::string& folder, const std::string& path,
                                    const FileContent& content);
    void release() { files_.clear(); }

  private:
    const Root& root_;
    std::vector<std::pair<std::string, std::string>> files_;
};

/// Removes from `folder` what a writer left that was killed before its journal stood. The lock does
/// not keep everybody out: who opened a folder of the root as a root of his own has another one.
void sweep(const Directory& directory, const Root& root, const std::string& folder);

/// Also true when it cannot be read: then it is written anew.
bool differs(const Directory& directory, const std::string& path, const FileContent& wanted);

}  // namespace itsup::runtime::detail
