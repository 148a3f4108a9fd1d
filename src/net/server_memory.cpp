#include <net/server_memory.hpp>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <malloc.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <vector>

namespace itsup::net {

namespace {

constexpr std::size_t block = 256;

}  // namespace

void DescriptorRecords::reserve(runtime::Executor executor, std::size_t wanted) {
    if (wanted <= made_) {
        return;
    }
    using Descriptor = runtime::asio::posix::basic_stream_descriptor<runtime::Executor>;
    std::vector<Descriptor> records;
    records.reserve(block);
    for (std::size_t i = 0; i < block; ++i) {
        const int descriptor = ::eventfd(0, EFD_CLOEXEC);
        boost::system::error_code error;
        if (descriptor >= 0) {
            records.emplace_back(executor);
            records.back().assign(descriptor, error);
        }
        if (descriptor < 0 || error) {
            break;
        }
    }
    made_ += block;
}

void MemoryReturner::check(std::size_t connections) {
    peak_ = std::max(peak_, connections);
    if (peak_ >= block && connections <= peak_ / 8) {
        ::malloc_trim(0);
        peak_ = connections;
    }
}

}  // namespace itsup::net
