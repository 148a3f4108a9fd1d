#include <net/port_owner.hpp>

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>

namespace itsup::net {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view listening = "0A";

/// The socket inodes that listen on `port`, from one table (`/proc/net/tcp`).
void collect_inodes(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        std::string slot;
        std::string local;
        std::string remote;
        std::string state;
        std::string skipped;
        std::string inode;
        fields >> slot >> local >> remote >> state >> skipped >> skipped >> skipped >> skipped >>
            skipped >> inode;
        const auto colon = local.rfind(':');
        unsigned found = 0;
        if (colon == std::string::npos || state != listening) {
            continue;
        }
        std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16);
        if (found == port) {
            inodes.insert("socket:[" + inode + "]");
        }
    }
}

bool holds(const fs::path& process, const std::set<std::string>& inodes) {
    std::error_code error;
    for (fs::directory_iterator it(process / "fd", error), end; !error && it != end;
         it.increment(error)) {
        std::error_code gone;
        if (inodes.count(fs::read_symlink(it->path(), gone).string()) > 0) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<std::string> describe_port_owner(std::uint16_t port) {
    std::set<std::string> inodes;
    collect_inodes("/proc/net/tcp", port, inodes);
    collect_inodes("/proc/net/tcp6", port, inodes);
    if (inodes.empty()) {
        return std::nullopt;
    }
    std::error_code error;
    for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
        const auto pid = it->path().filename().string();
        if (pid.find_first_not_of("0123456789") == std::string::npos && holds(it->path(), inodes)) {
            std::string name = "a process";
            std::ifstream comm(it->path() / "comm");
            std::getline(comm, name);
            return fmt::format("{} (pid {})", name, pid);
        }
    }
    return "another user's process";
}

}  // namespace itsup::net
