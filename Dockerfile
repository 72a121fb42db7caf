FROM python:3.11-slim

RUN useradd --create-home --uid 1000 readonce
WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY .streamlit .streamlit
COPY streamlit_app.py ./
COPY retnet_core retnet_core
COPY storage storage
COPY pipelines pipelines
COPY app app
# An index with builds of torch for processors only: a tenth of the size, where there is no GPU.
ARG TORCH_INDEX=
RUN pip install --no-cache-dir ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch \
    && pip install --no-cache-dir -c constraints.txt ".[postgres]" \
    && mkdir --mode=700 /data && chown readonce /data

USER readonce
ENV READONCE_HOME=/data
VOLUME /data
CMD ["readonce", "worker"]
