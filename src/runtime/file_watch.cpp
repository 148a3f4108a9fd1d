#include <runtime/file_watch.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <utility>

namespace itsup::runtime {

namespace {

constexpr std::uint32_t changes = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

struct FileWatch::Impl {
    explicit Impl(Executor executor, int descriptor) : stream(executor, descriptor) {}

    asio::posix::basic_stream_descriptor<Executor> stream;
    std::map<std::string, int> watches;
};

FileWatch::FileWatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FileWatch::~FileWatch() = default;

base::Result<std::unique_ptr<FileWatch>> FileWatch::open(Executor executor) {
    const int descriptor = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (descriptor < 0) {
        return base::make_system_error(errno, "watching files");
    }
    return std::unique_ptr<FileWatch>(new FileWatch(std::make_unique<Impl>(executor, descriptor)));
}

void FileWatch::set_folders(const std::vector<std::string>& folders) {
    const int descriptor = impl_->stream.native_handle();
    std::map<std::string, int> kept;
    for (const auto& folder : folders) {
        // Adding a folder that is watched already gives the same number again.
        const int watch = ::inotify_add_watch(descriptor, folder.c_str(), changes);
        if (watch >= 0) {
            kept[folder] = watch;
        }
    }
    for (const auto& [folder, watch] : impl_->watches) {
        if (!kept.contains(folder)) {
            ::inotify_rm_watch(descriptor, watch);
        }
    }
    impl_->watches = std::move(kept);
}

Task<> FileWatch::wait_change() {
    // What changed does not matter: the reader looks at everything.
    std::array<char, 16384> events{};
    auto [error, count] = co_await impl_->stream.async_read_some(asio::buffer(events), use_tuple);
    if (error) {
        co_return to_error(error, "watching files");
    }
    co_return base::Result<>{};
}

}  // namespace itsup::runtime
