#pragma once
// Used by the server's own sources only: giving back what many connections took.

#include <runtime/task.hpp>

#include <cstddef>

namespace itsup::net {

/// The reactor keeps its record of a descriptor for ever once it was made. Made one by one, each
/// would pin a page of what the connections allocate around them; made in blocks they lie together.
class DescriptorRecords {
  public:
    /// Before the connection number `wanted` is accepted.
    void reserve(runtime::Executor executor, std::size_t wanted);

  private:
    std::size_t made_ = 0;
};

/// Returns free memory to the system after most of many connections have gone.
class MemoryReturner {
  public:
    /// From the server's tick.
    void check(std::size_t connections);

  private:
    std::size_t peak_ = 0;
};

}  // namespace itsup::net
