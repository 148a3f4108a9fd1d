#include <runtime/files_beneath.hpp>
#include <runtime/tree_steps.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

namespace itsup::runtime::detail {

namespace {

constexpr std::string_view journal_name = ".itsup-transaction";
/// One name, so that a path that stays bad does not fill the disk with journals.
constexpr std::string_view set_aside_name = ".itsup-transaction.failed";
constexpr std::size_t journal_bytes_max = std::size_t{64} << 20U;
constexpr mode_t folder_mode = 0755;

base::Result<> sync(const FileDescriptor& folder, std::string_view path) {
    return ::fsync(folder.get()) == 0 ? base::Result<>{} : cannot(errno, path);
}

int make_folder(const FileDescriptor& parent, const std::string& name) {
    if (::mkdirat(parent.get(), name.c_str(), folder_mode) == 0) {
        return 0;
    }
    if (errno != EEXIST) {
        return errno;
    }
    struct stat info {};
    const bool stands = ::fstatat(parent.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
                        S_ISDIR(info.st_mode);
    return stands ? 0 : EEXIST;
}

int remove_at(const FileDescriptor& parent, const std::string& name, int flags, Attempt attempt) {
    if (::unlinkat(parent.get(), name.c_str(), flags) == 0) {
        return 0;
    }
    // A first attempt may have put what belongs there: a folder for a file, a file for a folder.
    if (attempt == Attempt::again && (errno == EISDIR || errno == ENOTDIR)) {
        return 0;
    }
    // Not empty: somebody has put something of his own there.
    return errno == ENOENT || errno == ENOTEMPTY ? 0 : errno;
}

base::Result<int> put(const Root& root, const FileDescriptor& parent, const std::string& name,
                      const Step& step) {
    TRY(const auto source, split(step.temporary));
    TRY(const auto from, open_beneath(root, source.folder, O_DIRECTORY | O_RDONLY));
    return ::renameat(from.get(), source.name.c_str(), parent.get(), name.c_str()) == 0 ? 0 : errno;
}

base::Result<> perform(const Root& root, const Step& step, Attempt attempt) {
    TRY(const auto place, split(step.path));
    TRY(const auto parent, open_beneath(root, place.folder, O_DIRECTORY | O_RDONLY));
    base::Result<int> error = 0;
    switch (step.kind) {
        case Step::Kind::put:
            error = put(root, parent, place.name, step);
            break;
        case Step::Kind::make_folder:
            error = make_folder(parent, place.name);
            break;
        case Step::Kind::remove_file:
            error = remove_at(parent, place.name, 0, attempt);
            break;
        case Step::Kind::remove_folder:
            error = remove_at(parent, place.name, AT_REMOVEDIR, attempt);
            break;
    }
    TRY(const auto code, std::move(error));
    const bool may_be_gone = attempt == Attempt::again && step.kind == Step::Kind::put;
    if (code != 0 && !(code == ENOENT && may_be_gone)) {
        return cannot(code, step.path);
    }
    return sync(parent, step.path);
}

/// What has no folder any more is gone; only what is put for the first time must have one.
bool is_done(const base::Error& error, const Step& step, Attempt attempt) {
    const bool creates = step.kind == Step::Kind::put || step.kind == Step::Kind::make_folder;
    return error.kind == base::ErrorKind::not_found && (attempt == Attempt::again || !creates);
}

std::optional<Step::Kind> parse_kind(char letter) {
    switch (const auto kind = static_cast<Step::Kind>(letter)) {
        case Step::Kind::put:
        case Step::Kind::make_folder:
        case Step::Kind::remove_file:
        case Step::Kind::remove_folder:
            return kind;
    }
    return std::nullopt;
}

std::optional<std::vector<Step>> parse_journal(std::string_view text) {
    std::vector<Step> out;
    while (!text.empty()) {
        const auto kind = parse_kind(text.front());
        const auto path_end = text.find('\0');
        const auto end =
            path_end == std::string_view::npos ? path_end : text.find('\0', path_end + 1);
        if (end == std::string_view::npos || !kind) {
            return std::nullopt;
        }
        out.push_back({*kind, std::string(text.substr(1, path_end - 1)),
                       std::string(text.substr(path_end + 1, end - path_end - 1))});
        text.remove_prefix(end + 1);
    }
    return out;
}

base::Result<Recovery> set_aside(const Root& root, std::string_view reason) {
    const std::string from(journal_name);
    const std::string to(set_aside_name);
    if (::renameat(root.fd.get(), from.c_str(), root.fd.get(), to.c_str()) != 0) {
        return cannot(errno, from);
    }
    TRY_VOID(sync(root.fd, from));
    return Recovery{.given_up = fmt::format("an earlier write could not be finished ({}); what it "
                                            "meant to do is kept in {}",
                                            reason, set_aside_name)};
}

}  // namespace

base::Result<> perform_all(const Root& root, const std::vector<Step>& steps, Attempt attempt) {
    base::Result<> out;
    for (const auto& step : steps) {
        auto done = perform(root, step, attempt);
        if (out.has_value() && done.has_error() && !is_done(done.error(), step, attempt)) {
            out = std::move(done);
        }
    }
    return out;
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

base::Result<> commit_journal(const Root& root, const std::string& temporary, Staging& staging) {
    const std::string name(journal_name);
    if (::renameat(root.fd.get(), temporary.c_str(), root.fd.get(), name.c_str()) != 0) {
        return cannot(errno, name);
    }
    staging.release();
    return sync(root.fd, name);
}

base::Result<> remove_journal(const Root& root) {
    const std::string name(journal_name);
    if (::unlinkat(root.fd.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
        return cannot(errno, name);
    }
    return sync(root.fd, name);
}

base::Result<Recovery> finish_journal(const Directory& directory, const Root& root) {
    const auto journal = directory.read_file(journal_name, journal_bytes_max);
    if (journal.has_error()) {
        const auto& error = journal.error();
        // Whoever may not read it leaves it to whoever may.
        return error.kind == base::ErrorKind::not_found     ? base::Result<Recovery>(Recovery{})
               : error.kind == base::ErrorKind::unavailable ? error
                                                            : set_aside(root, error.message);
    }
    const auto steps = parse_journal(journal->bytes);
    if (!steps) {
        return set_aside(root, fmt::format("{} is damaged", journal_name));
    }
    const auto done = perform_all(root, *steps, Attempt::again);
    if (done.has_error()) {
        return set_aside(root, done.error().message);
    }
    TRY_VOID(remove_journal(root));
    return Recovery{.finished = true};
}

}  // namespace itsup::runtime::detail
