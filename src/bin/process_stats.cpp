#include <bin/process_stats.hpp>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace itsup::bin {

std::uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t open_descriptors() {
    std::error_code code;
    const std::filesystem::directory_iterator all("/proc/self/fd", code);
    if (code) {
        return 0;
    }
    // The walk itself holds one.
    return static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;
}

}  // namespace itsup::bin
