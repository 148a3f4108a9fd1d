#include <base/id.hpp>
#include <runtime/files.hpp>
#include <runtime/files_beneath.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <set>
#include <thread>
#include <utility>

namespace itsup::runtime {

using detail::cannot;
using detail::open_beneath;
using detail::permission_bits;
using detail::split;

namespace {

constexpr std::string_view journal_name = ".itsup-transaction";
constexpr std::size_t journal_bytes_max = std::size_t{64} << 20U;
/// Temporary files are `.NAME.12 hexadecimal digits.tmp`.
constexpr std::string_view temporary_suffix = ".tmp";
constexpr std::size_t random_bytes = 6;
constexpr std::chrono::seconds lock_limit{30};
constexpr std::chrono::milliseconds lock_retry{10};
/// A temporary file of this age belongs to no writer that is alive.
constexpr std::chrono::hours abandoned_after{1};

/// One change of the root, which may be done twice.
struct Step {
    enum class Kind : char { put = 'P', remove_file = 'F', remove_folder = 'D' };
    Kind kind = Kind::put;
    std::string path;
    /// The name in the same folder that is put to `path`.
    std::string temporary = {};
};

/// Whoever has it is the only writer; goes with the descriptor.
base::Result<FileDescriptor> lock(const FileDescriptor& root) {
    TRY(auto own, open_beneath(root, "", O_DIRECTORY | O_RDONLY));
    const auto deadline = std::chrono::steady_clock::now() + lock_limit;
    while (::flock(own.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return cannot(errno, "locking the root");
        }
        if (std::chrono::steady_clock::now() > deadline) {
            return base::make_error(base::ErrorKind::conflict,
                                    "another itsup has been writing here for 30 s");
        }
        std::this_thread::sleep_for(lock_retry);
    }
    return own;
}

base::Result<> write_all(const FileDescriptor& fd, std::string_view bytes, std::string_view path) {
    while (!bytes.empty()) {
        const auto count = ::write(fd.get(), bytes.data(), bytes.size());
        if (count < 0) {
            return cannot(errno, path);
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

base::Result<> sync(const FileDescriptor& folder, std::string_view path) {
    return ::fsync(folder.get()) == 0 ? base::Result<>{} : cannot(errno, path);
}

/// Steps that are prepared; their temporary files go away again unless the journal has taken them.
class Staging {
  public:
    explicit Staging(const FileDescriptor& root) : root_(root) {}
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    ~Staging() {
        for (const auto& [folder, name] : files_) {
            if (auto fd = open_beneath(root_, folder, O_DIRECTORY | O_RDONLY)) {
                ::unlinkat(fd->get(), name.c_str(), 0);
            }
        }
    }

    /// Writes the bytes beside the place where they belong; its temporary name.
    base::Result<std::string> write(const std::string& path, const FileContent& content) {
        TRY(auto place, split(path));
        TRY(const auto folder, open_beneath(root_, place.folder, O_DIRECTORY | O_RDONLY));
        // The leading dot hides it from Traefik's watcher, too.
        auto temporary = fmt::format(".{}.{}{}", place.name.substr(0, 200),
                                     base::random_hex(random_bytes), temporary_suffix);
        const FileDescriptor file(::openat(folder.get(), temporary.c_str(),
                                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                           0600));
        if (!file.valid()) {
            return cannot(errno, path);
        }
        files_.emplace_back(place.folder, temporary);
        TRY_VOID(write_all(file, content.bytes, path));
        if (::fchmod(file.get(), content.mode & permission_bits) != 0 || ::fsync(file.get()) != 0) {
            return cannot(errno, path);
        }
        return temporary;
    }
    void release() { files_.clear(); }

  private:
    const FileDescriptor& root_;
    std::vector<std::pair<std::string, std::string>> files_;
};

bool is_temporary(std::string_view name) {
    constexpr auto tail = 2 * random_bytes + temporary_suffix.size() + 1;
    if (name.size() < tail + 2 || name.front() != '.' || !name.ends_with(temporary_suffix)) {
        return false;
    }
    const auto random = name.substr(name.size() - tail, 2 * random_bytes + 1);
    return random.front() == '.' &&
           random.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

bool is_abandoned(const FileDescriptor& folder, const std::string& name) {
    struct stat info {};
    return ::fstatat(folder.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           std::chrono::system_clock::now() -
                   std::chrono::system_clock::from_time_t(info.st_mtim.tv_sec) >
               abandoned_after;
}

/// What a writer left that was killed before its journal stood. The lock does not keep everybody
/// out: who opened a folder of the root as a root of his own has another one.
base::Result<> sweep(const Directory& root, const FileDescriptor& fd, const std::string& folder) {
    const auto entries = root.list(folder);
    if (entries.has_error()) {
        return {};
    }
    for (const auto& entry : *entries) {
        if (entry.kind == EntryKind::file && is_temporary(entry.name)) {
            TRY(const auto parent, open_beneath(fd, folder, O_DIRECTORY | O_RDONLY));
            if (is_abandoned(parent, entry.name)) {
                ::unlinkat(parent.get(), entry.name.c_str(), 0);
            }
        }
    }
    return {};
}

/// Whether a staged file may be missing: in a second attempt the first one has put it, or somebody
/// has removed the whole folder since.
enum class Attempt { first, again };

base::Result<> perform(const FileDescriptor& root, const Step& step, Attempt attempt) {
    const bool may_be_gone = step.kind != Step::Kind::put || attempt == Attempt::again;
    TRY(const auto place, split(step.path));
    const auto folder = open_beneath(root, place.folder, O_DIRECTORY | O_RDONLY);
    if (folder.has_error()) {
        const bool gone = folder.error().kind == base::ErrorKind::not_found;
        return gone && may_be_gone ? base::Result<>{} : folder.error();
    }
    int result = 0;
    if (step.kind == Step::Kind::put) {
        result =
            ::renameat(folder->get(), step.temporary.c_str(), folder->get(), place.name.c_str());
    } else {
        const int flags = step.kind == Step::Kind::remove_folder ? AT_REMOVEDIR : 0;
        result = ::unlinkat(folder->get(), place.name.c_str(), flags);
    }
    // Not empty: somebody has put something of his own there.
    if (result != 0 && !(errno == ENOENT && may_be_gone) && errno != ENOTEMPTY) {
        return cannot(errno, step.path);
    }
    return sync(*folder, step.path);
}

base::Result<> perform_all(const FileDescriptor& root, const std::vector<Step>& steps,
                           Attempt attempt) {
    for (const auto& step : steps) {
        TRY_VOID(perform(root, step, attempt));
    }
    return {};
}

/// NUL ends each text: no path holds one.
std::string to_journal(const std::vector<Step>& steps) {
    std::string out;
    for (const auto& step : steps) {
        out += static_cast<char>(step.kind);
        out.append(step.path).push_back('\0');
        out.append(step.temporary).push_back('\0');
    }
    return out;
}

std::optional<std::vector<Step>> parse_journal(std::string_view text) {
    std::vector<Step> out;
    while (!text.empty()) {
        const auto kind = text.front();
        const auto path_end = text.find('\0');
        const auto end =
            path_end == std::string_view::npos ? path_end : text.find('\0', path_end + 1);
        if (end == std::string_view::npos || (kind != 'P' && kind != 'F' && kind != 'D')) {
            return std::nullopt;
        }
        out.push_back({static_cast<Step::Kind>(kind), std::string(text.substr(1, path_end - 1)),
                       std::string(text.substr(path_end + 1, end - path_end - 1))});
        text.remove_prefix(end + 1);
    }
    return out;
}

base::Result<> write_journal(const FileDescriptor& root, Staging& staging,
                             const std::vector<Step>& steps) {
    const std::string name(journal_name);
    TRY(const auto temporary, staging.write(name, {to_journal(steps), 0600}));
    if (::renameat(root.get(), temporary.c_str(), root.get(), name.c_str()) != 0) {
        return cannot(errno, name);
    }
    // From here on the files are the journal's.
    staging.release();
    return sync(root, name);
}

base::Result<> remove_journal(const FileDescriptor& root) {
    const std::string name(journal_name);
    if (::unlinkat(root.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
        return cannot(errno, name);
    }
    return sync(root, name);
}

base::Result<bool> finish_journal(const Directory& directory, const FileDescriptor& root) {
    const auto journal = directory.read_file(journal_name, journal_bytes_max);
    if (journal.has_error()) {
        return journal.error().kind == base::ErrorKind::not_found ? base::Result<bool>(false)
                                                                  : journal.error();
    }
    const auto steps = parse_journal(journal->bytes);
    if (!steps) {
        return base::make_error(
            base::ErrorKind::unavailable,
            fmt::format("{} is damaged; remove it and generate anew", journal_name));
    }
    TRY_VOID(perform_all(root, *steps, Attempt::again));
    TRY_VOID(remove_journal(root));
    return true;
}

/// Also true when it cannot be read: then it is written anew.
bool differs(const Directory& root, const std::string& path, const FileContent& wanted) {
    const auto have = root.read_file(path, wanted.bytes.size());
    return have.has_error() || have->bytes != wanted.bytes ||
           have->mode != (wanted.mode & permission_bits);
}

/// Adds the steps that remove what is not wanted below `folder`, inner ones first; true when it is
/// empty afterwards.
base::Result<bool> add_removals(const Directory& root, const std::string& folder,
                                const FileTree& wanted, std::vector<Step>& steps) {
    TRY(const auto entries, root.list(folder));
    bool empty = true;
    for (const auto& entry : entries) {
        auto path = fmt::format("{}/{}", folder, entry.name);
        auto kind = Step::Kind::remove_file;
        if (entry.kind == EntryKind::directory) {
            TRY(const bool is_empty, add_removals(root, path, wanted, steps));
            const auto next = wanted.lower_bound(path + '/');
            const bool is_wanted = next != wanted.end() && next->first.starts_with(path + '/');
            if (!is_empty || is_wanted) {
                empty = false;
                continue;
            }
            kind = Step::Kind::remove_folder;
        } else if (wanted.contains(path)) {
            empty = false;
            continue;
        }
        steps.push_back({.kind = kind, .path = std::move(path)});
    }
    return empty;
}

base::Result<std::vector<Step>> stage_differences(const Directory& directory,
                                                  const FileDescriptor& root, const FileTree& tree,
                                                  Staging& staging) {
    std::vector<Step> steps;
    std::set<std::string> swept;
    for (const auto& [path, content] : tree) {
        if (path.ends_with('/')) {
            TRY_VOID(directory.make_directories(path.substr(0, path.size() - 1)));
            continue;
        }
        TRY(const auto place, split(path));
        if (swept.insert(place.folder).second) {
            TRY_VOID(sweep(directory, root, place.folder));
        }
        if (!differs(directory, path, content)) {
            continue;
        }
        TRY_VOID(directory.make_directories(place.folder));
        TRY(auto temporary, staging.write(path, content));
        steps.push_back({.path = path, .temporary = std::move(temporary)});
    }
    return steps;
}

}  // namespace

base::Result<TreeChanges> Directory::write_tree(const FileTree& tree,
                                                const std::vector<std::string>& exact) const {
    TRY(const auto locked, lock(fd_));
    TRY_VOID(finish_journal(*this, fd_));
    std::vector<Step> removals;
    for (const auto& folder : exact) {
        const auto added = add_removals(*this, folder, tree, removals);
        if (added.has_error() && added.error().kind != base::ErrorKind::not_found) {
            return added.error();
        }
    }
    Staging staging(fd_);
    TRY(auto steps, stage_differences(*this, fd_, tree, staging));
    TreeChanges changes;
    for (const auto& step : steps) {
        changes.written.push_back(step.path);
    }
    for (auto& step : removals) {
        changes.removed.push_back(step.path);
        steps.push_back(std::move(step));
    }
    if (steps.empty()) {
        return changes;
    }
    if (steps.size() == 1) {
        // One change is whole by itself.
        TRY_VOID(perform(fd_, steps.front(), Attempt::first));
        staging.release();
        return changes;
    }
    TRY_VOID(write_journal(fd_, staging, steps));
    TRY_VOID(perform_all(fd_, steps, Attempt::first));
    TRY_VOID(remove_journal(fd_));
    return changes;
}

base::Result<bool> Directory::recover() const {
    TRY(const auto locked, lock(fd_));
    return finish_journal(*this, fd_);
}

}  // namespace itsup::runtime
