#include <runtime/blocking_pool.hpp>

#include <boost/asio/thread_pool.hpp>

namespace itsup::runtime {

struct BlockingPool::Threads {
    explicit Threads(std::size_t count) : pool(count) {}
    asio::thread_pool pool;
};

BlockingPool::BlockingPool(std::size_t threads) : threads_(std::make_unique<Threads>(threads)) {}

BlockingPool::~BlockingPool() {
    threads_->pool.join();
}

bool BlockingPool::admit() {
    if (depth_.fetch_add(1, std::memory_order_relaxed) < queue_max) {
        return true;
    }
    done();
    return false;
}

void BlockingPool::done() {
    depth_.fetch_sub(1, std::memory_order_relaxed);
}

void BlockingPool::post(std::function<void()> job) {
    asio::post(threads_->pool, std::move(job));
}

}  // namespace itsup::runtime
