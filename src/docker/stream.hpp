#pragma once

#include <runtime/task.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace itsup::docker {

/// Values that arrive over time. Destroying it closes the connection; a waiting next() must have
/// unwound before (cancel its task).
template <class T>
class Stream {
  public:
    virtual ~Stream() = default;
    /// The next value; nullopt when the engine ended the stream in good order.
    virtual runtime::Task<std::optional<T>> next() = 0;
};

/// Bytes that arrive over time; the same rules.
class ByteStream {
  public:
    virtual ~ByteStream() = default;
    /// Waits for at least one byte; 0 is the end.
    virtual runtime::Task<std::size_t> read(std::span<char> into) = 0;
};

}  // namespace itsup::docker
