// Virtual machines without KVM need a processor each, and the time limits of these tests count on it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
